// Idempotency keys, and the library's retries, which rely on them.
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';

import { BROKEN, RELINK, client, control, fresh, stripe } from '../support/sandbox.js';

const { sessions } = stripe.financialConnections;
const CREATE = 'POST /v1/financial_connections/sessions';

const state = () => control('GET', '/_sandbox/state');

/** Creates a client with retries. The library leaves a retried response unread, so its agent must be destroyed. */
function patient(t, maxNetworkRetries) {
  const httpAgent = new Agent();
  t.after(() => httpAgent.destroy());
  return client({ maxNetworkRetries, httpAgent }).financialConnections;
}

const fault = (fields) => control('POST', '/_sandbox/faults', { route: CREATE, ...fields });

test('a call that is repeated with its key gets its first answer', async () => {
  await fresh();
  const first = await sessions.create(RELINK, { idempotencyKey: 'once' });
  const second = await sessions.create(RELINK, { idempotencyKey: 'once' });
  assert.equal(second.id, first.id);
  assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
  assert.equal((await state()).sessions.length, 1);
});

test('a key with other parameters is an idempotency error', async () => {
  await fresh();
  await sessions.create(RELINK, { idempotencyKey: 'once' });
  const other = sessions.create({ ...RELINK, permissions: ['payment_method'] }, { idempotencyKey: 'once' });
  await assert.rejects(other, { type: 'StripeIdempotencyError', statusCode: 400, rawType: 'idempotency_error' });
});

test('a key that is in use is a conflict', { timeout: 60_000 }, async () => {
  await fresh();
  await fault({ kind: 'slow', milliseconds: 10_000 });
  const first = sessions.create(RELINK, { idempotencyKey: 'slow' });
  // The first call may not have reached the sandbox yet.
  while ((await state()).calls[CREATE] === undefined) await new Promise(setImmediate);
  const second = await sessions.create(RELINK, { idempotencyKey: 'slow' }).catch((error) => error);
  assert.deepEqual([second.statusCode, second.code], [409, 'idempotency_key_in_use']);
  assert.equal((await first).status, 'pending');
});

test('what was refused for its parameters is not kept under its key', async () => {
  await fresh();
  const wrong = { ...RELINK, permissions: ['everything'] };
  await assert.rejects(sessions.create(wrong, { idempotencyKey: 'again' }), { param: /^permissions/ });
  assert.equal((await sessions.create(RELINK, { idempotencyKey: 'again' })).status, 'pending');
});

test('a key is forgotten after a day', async () => {
  await fresh();
  const first = await sessions.create(RELINK, { idempotencyKey: 'once' });
  await control('POST', '/_sandbox/clock', { advance: '25h' });
  assert.notEqual((await sessions.create(RELINK, { idempotencyKey: 'once' })).id, first.id);
});

test('the library tries again after errors of the server, with one key, and one session is made', async (t) => {
  await fresh();
  await fault({ status: 500, times: 2 });
  const session = await patient(t, 2).sessions.create(RELINK);
  assert.equal(session.status, 'pending');
  const { calls, sessions: made } = await state();
  assert.equal(calls[CREATE], 3);
  assert.equal(made.length, 1);
});

test('the library tries again after a line that was reset, and gets the answer that was lost', async (t) => {
  await fresh();
  await fault({ kind: 'reset', executed: true });
  const session = await patient(t, 1).sessions.create(RELINK);
  assert.equal(session.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal((await state()).sessions.length, 1);
});

test('an error after the call was executed is kept: trying again can not help', async () => {
  await fresh();
  await fault({ status: 500, executed: true });
  const options = { idempotencyKey: 'executed' };
  await assert.rejects(sessions.create(RELINK, options), { statusCode: 500 });
  const again = await sessions.create(RELINK, options).catch((error) => error);
  assert.equal(again.statusCode, 500);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal((await state()).sessions.length, 1);
});

test('reads are tried again, too', async (t) => {
  await fresh();
  await control('POST', '/_sandbox/faults', { route: 'GET /v1/financial_connections/accounts/{id}', status: 503 });
  assert.equal((await patient(t, 1).accounts.retrieve(BROKEN.account)).id, BROKEN.account);
});

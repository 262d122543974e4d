// Delivered webhooks, verified by the library's `constructEvent`.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listen } from '../support/listener.js';
import { BROKEN, RELINK, client, control, fresh, link, stripe } from '../support/sandbox.js';

const ALL = { enabled_events: ['*'] };
const HEALTHY = 'fca_CopperfieldSavings4421';
const DEACTIVATED = 'financial_connections.account.deactivated';
const PATIENCE = 40_000;

/** Creates a webhook endpoint through the API, and collects its messages. */
async function endpoint(t, { params = ALL, api = stripe, answer = () => 200 } = {}) {
  await fresh();
  const messages = [];
  const waiting = [];
  const wake = () => {
    for (const one of waiting.filter(({ count }) => messages.length >= count)) one.resolve(messages);
  };
  const listener = await listen((message) => {
    messages.push(message);
    queueMicrotask(wake);
    return answer(messages.length);
  });
  t.after(listener.close);
  const created = await api.webhookEndpoints.create({ url: listener.url, ...params });
  const arrived = (count) =>
    new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${messages.length} of ${count} messages came`));
      const timer = setTimeout(late, PATIENCE);
      waiting.push({ count, resolve: (all) => (clearTimeout(timer), resolve(all)) });
      wake();
    });
  const read = ({ body, signature }) => stripe.webhooks.constructEvent(body, signature, created.secret);
  return { created, messages, arrived, read };
}

const deactivate = () => control('POST', `/_sandbox/accounts/${HEALTHY}`, { status: 'inactive' });
const set = (switches) => control('POST', '/_sandbox/webhooks', switches);
const deliveries = () => control('GET', '/_sandbox/deliveries');

test('an endpoint is made, read, listed, changed and deleted; its secret is told once', async (t) => {
  const { created } = await endpoint(t, { params: { ...ALL, description: 'ours', metadata: { a: 'b' } } });
  assert.match(created.secret, /^whsec_/);
  assert.equal(created.api_version, stripe.getApiField('version'));
  const { webhookEndpoints } = stripe;
  assert.equal((await webhookEndpoints.retrieve(created.id)).secret, undefined);
  assert.deepEqual((await webhookEndpoints.list()).data.map((one) => one.id), [created.id]);
  const changed = await webhookEndpoints.update(created.id, { enabled_events: [DEACTIVATED], disabled: true });
  assert.deepEqual([changed.enabled_events, changed.status], [[DEACTIVATED], 'disabled']);
  assert.equal((await webhookEndpoints.del(created.id)).deleted, true);
  await assert.rejects(webhookEndpoints.retrieve(created.id), { statusCode: 404 });
});

test('a webhook is signed so that the library takes it', async (t) => {
  const { arrived, read } = await endpoint(t);
  await deactivate();
  const [message] = await arrived(1);
  const event = read(message);
  assert.equal(event.type, DEACTIVATED);
  assert.equal(event.data.object.authorization, 'fcauth_CopperfieldJenny');
  assert.equal(event.api_version, stripe.getApiField('version'));
  assert.equal((await stripe.events.retrieve(event.id)).id, event.id);
});

test('a relink is told to the endpoint: the session and each account', async (t) => {
  const { arrived, read } = await endpoint(t);
  await link(await stripe.financialConnections.sessions.create(RELINK), ['6789']);
  const events = (await arrived(3)).map(read);
  const accounts = events.filter((event) => event.type === 'financial_connections.account.reactivated');
  assert.ok(accounts.some((event) => event.data.object.id === BROKEN.account));
  const session = events.find((event) => event.type === 'financial_connections.session.updated');
  assert.deepEqual(session.data.object.relink_result, { ...BROKEN, failure_reason: null });
});

test('only the events that were asked for come', async (t) => {
  const { arrived, messages, read } = await endpoint(t, { params: { enabled_events: [DEACTIVATED] } });
  await link(await stripe.financialConnections.sessions.create(RELINK), ['6789']);
  await deactivate();
  await arrived(1);
  assert.deepEqual(messages.map((message) => read(message).type), [DEACTIVATED]);
});

test('an endpoint on a GA version gets no relink fields', async (t) => {
  const api = client({ apiVersion: '2026-10-28.endive' });
  const { arrived, read } = await endpoint(t, { api, params: { ...ALL, api_version: '2026-10-28.endive' } });
  await deactivate();
  const event = read((await arrived(1))[0]);
  assert.equal(event.api_version, '2026-10-28.endive');
  assert.equal(event.data.object.authorization, undefined);
});

test('what was signed wrongly, not at all or long ago is refused, and a rolled secret is taken', async (t) => {
  const { arrived, read } = await endpoint(t);
  let count = 0;
  const next = async (switches) => {
    await set(switches);
    await control('POST', `/_sandbox/accounts/${HEALTHY}`, { status: count % 2 ? 'active' : 'inactive' });
    count += 1;
    return (await arrived(count))[count - 1];
  };
  const refusal = { type: 'StripeSignatureVerificationError' };
  for (const signature of ['wrong', 'missing']) {
    const message = await next({ signature });
    assert.throws(() => read(message), refusal, signature);
  }
  // The library has no specific error for this one.
  const malformed = await next({ signature: 'malformed' });
  assert.throws(() => read(malformed));
  const old = await next({ signature: 'right', signature_age: 301 });
  assert.throws(() => read(old), refusal);
  const rolled = await next({ signature: 'rolled', signature_age: 0 });
  assert.ok(read(rolled).id);
  const thin = await next({ signature: 'right', payload: 'thin' });
  assert.throws(() => read(thin), /thin event/);
});

test('a webhook that is not taken comes again when the clock moves on', { timeout: 30_000 }, async (t) => {
  const { arrived, read } = await endpoint(t, { answer: (count) => (count < 3 ? 500 : 200) });
  await deactivate();
  await arrived(1);
  for (const count of [2, 3]) {
    await delivered((one) => one.tries.length >= count - 1);
    await control('POST', '/_sandbox/clock', { advance: '1d' });
    await arrived(count);
  }
  const messages = await arrived(3);
  const ids = new Set(messages.map((message) => JSON.parse(message.body).id));
  assert.equal(ids.size, 1);
  assert.ok(read(messages[0]).id);
  const done = await delivered((one) => one.tries.length === 3);
  assert.deepEqual(done.tries.map((one) => one.status), [500, 500, 200]);
});

test('webhooks are doubled and sent again on request', async (t) => {
  const { arrived } = await endpoint(t);
  await set({ duplicates: 1 });
  await deactivate();
  const [first, second] = await arrived(2);
  assert.equal(JSON.parse(first.body).id, JSON.parse(second.body).id);
  const [delivery] = await deliveries();
  await control('POST', `/_sandbox/deliveries/${delivery.id}/resend`);
  await arrived(3);
});

/** Waits until the only delivery satisfies `isSo`. */
async function delivered(isSo) {
  for (;;) {
    const [delivery] = await deliveries();
    if (isSo(delivery)) return delivery;
    await new Promise(setImmediate);
  }
}

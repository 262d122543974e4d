// Sessions that end without a browser, and worlds for tests that run in parallel.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listen } from '../support/listener.js';
import { BROKEN, RELINK, address, client, control, fresh, stripe } from '../support/sandbox.js';

/** Ends a session as its customer, in the world of the key. */
async function complete(session, outcome, world) {
  const headers = { 'content-type': 'application/json', ...(world && { 'sandbox-world': world }) };
  const url = new URL(`/_sandbox/sessions/${session.id}/complete`, address);
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(outcome) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

test('a relink ends in every way without a browser', async () => {
  await fresh();
  const { sessions } = stripe.financialConnections;
  for (const outcome of ['no_account', 'no_authorization', 'other']) {
    const session = await sessions.create(RELINK);
    await complete(session, { outcome });
    assert.equal((await sessions.retrieve(session.id)).relink_result.failure_reason, outcome);
  }
  const cancelled = await sessions.create(RELINK);
  assert.equal((await complete(cancelled, { outcome: 'cancelled' })).status, 'cancelled');
  const session = await sessions.create(RELINK);
  const { accounts } = await complete(session, {});
  assert.deepEqual(accounts.map((one) => [one.id, one.status]), [[BROKEN.account, 'active']]);
  assert.deepEqual((await sessions.retrieve(session.id)).relink_result, { ...BROKEN, failure_reason: null });
});

test('tests in worlds of their own run at once and see nothing of each other', async (t) => {
  await fresh();
  const names = ['first', 'second', 'third'];
  t.after(() => Promise.all(names.map((name) => control('DELETE', `/_sandbox/worlds/${name}`))));
  const run = async (name) => {
    const own = client({}, `sk_test_sandbox_world_${name}`);
    let arrived;
    const relinked = new Promise((resolve) => (arrived = resolve));
    let endpoint;
    const listener = await listen(({ body, signature }) => {
      const event = own.webhooks.constructEvent(body, signature, endpoint.secret);
      if (event.type === 'financial_connections.session.updated') arrived(event.data.object);
    });
    t.after(listener.close);
    endpoint = await own.webhookEndpoints.create({ url: listener.url, enabled_events: ['*'] });
    const session = await own.financialConnections.sessions.create(RELINK);
    await complete(session, {}, name);
    assert.equal((await relinked).id, session.id);
    return session.id;
  };
  const ids = await Promise.all(names.map(run));
  assert.equal(new Set(ids).size, names.length);
  const untouched = await stripe.financialConnections.accounts.retrieve(BROKEN.account);
  assert.equal(untouched.status, 'inactive');
});

test('a seed and a stopped clock make the same ids and times again', async () => {
  await fresh();
  const run = async () => {
    await control('POST', '/_sandbox/reset', { seed: 'checkout', clock: 1_800_000_000 });
    await stripe.customers.create({ name: 'Ada' });
    await complete(await stripe.financialConnections.sessions.create(RELINK), {});
    return (await stripe.events.list({ limit: 100 })).data.map((event) => [event.id, event.created]);
  };
  assert.deepEqual(await run(), await run());
  await fresh();
});

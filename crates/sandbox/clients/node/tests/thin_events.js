// Thin events and event destinations, as the library reads them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listen } from '../support/listener.js';
import { control, fresh, stripe } from '../support/sandbox.js';

const HEALTHY = 'fca_CopperfieldSavings4421';
/** A time of the second version: a text with milliseconds. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DEACTIVATED = 'v1.financial_connections.account.deactivated';

/** Creates a destination for thin events; returns it and the messages that arrive. */
async function destination(t, enabled_events) {
  await fresh();
  const messages = [];
  let arrived;
  const next = () => new Promise((resolve) => (arrived = resolve));
  let first = next();
  const receiver = await listen((message) => {
    messages.push(message);
    arrived();
  });
  t.after(receiver.close);
  const made = await stripe.v2.core.eventDestinations.create({
    name: 'Mine', type: 'webhook_endpoint', event_payload: 'thin', enabled_events, events_from: ['@self'],
    webhook_endpoint: { url: receiver.url }, include: ['webhook_endpoint.signing_secret'],
  });
  const one = async () => {
    await first;
    first = next();
    return messages.at(-1);
  };
  return { made, one };
}

test('a thin event is verified, and leads to the event and to its object', async (t) => {
  const { made, one } = await destination(t, [DEACTIVATED]);
  await control('POST', `/_sandbox/accounts/${HEALTHY}`, { status: 'inactive' });
  const { body, signature } = await one();
  assert.throws(() => stripe.webhooks.constructEvent(body, signature, made.webhook_endpoint.signing_secret), /thin event/);
  const event = stripe.parseEventNotification(body, signature, made.webhook_endpoint.signing_secret);
  assert.equal(event.type, DEACTIVATED);
  const account = await event.fetchRelatedObject();
  assert.deepEqual([account.id, account.status], [HEALTHY, 'inactive']);
  assert.equal((await event.fetchEvent()).id, event.id);
  for (const { created } of [event, made]) assert.match(created, TIME);
  const listed = [];
  for await (const each of stripe.v2.core.events.list({ object_id: HEALTHY, limit: 1 })) listed.push(each.type);
  assert.deepEqual(listed, [DEACTIVATED]);
});

test('a destination is changed, tested and deleted', async (t) => {
  const { made: { id }, one } = await destination(t, ['v1.customer.created']);
  const { eventDestinations: all } = stripe.v2.core;
  assert.equal((await all.update(id, { name: 'Yours', metadata: { a: '1' } })).name, 'Yours');
  assert.equal((await all.retrieve(id, { include: ['webhook_endpoint.url'] })).metadata.a, '1');
  assert.equal((await all.disable(id)).status_details.disabled.reason, 'user');
  assert.equal((await all.enable(id)).status, 'enabled');
  const ping = await all.ping(id);
  assert.equal(JSON.parse((await one()).body).id, ping.id);
  assert.equal((await all.list()).data.length, 1);
  assert.equal((await all.del(id)).id, id);
  await assert.rejects(all.retrieve(id), { type: 'StripeInvalidRequestError', statusCode: 404 });
});

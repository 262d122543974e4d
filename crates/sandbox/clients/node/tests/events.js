// Every event is caused as at Stripe, and read back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROKEN, RELINK, client, control, fresh, link, stripe } from '../support/sandbox.js';

const { accounts, sessions } = stripe.financialConnections;
const ACCOUNT = 'financial_connections.account.';
const AUTHORIZATION = 'financial_connections.authorization.';

const advance = (by) => control('POST', '/_sandbox/clock', { advance: by });
const change = (id, fields) => control('POST', `/_sandbox/accounts/${id}`, fields);

/** Returns the events since the last reset, oldest first. */
async function happened(params = {}) {
  const all = await stripe.events.list({ limit: 100, ...params }).autoPagingToArray({ limit: 1000 });
  return all.reverse();
}

async function types(params) {
  return (await happened(params)).map((event) => event.type);
}

/** Returns the only event of this type. */
async function only(type) {
  const found = await happened({ type });
  assert.equal(found.length, 1, `${type}: ${found.length}`);
  return found[0];
}

test('linking an account tells of the account and of the session', async () => {
  await fresh();
  const { relink_options, ...params } = RELINK;
  const session = await link(await sessions.create(params), ['2231'], { institution: 'fcinst_AlderBank' });
  const created = await only(`${ACCOUNT}created`);
  assert.equal(created.data.object.id, session.accounts.data[0].id);
  assert.equal(created.api_version, stripe.getApiField('version'));
  const updated = await only('financial_connections.session.updated');
  assert.equal(updated.data.object.status, 'succeeded');
  assert.equal(updated.data.object.client_secret, null);
  assert.deepEqual(await stripe.events.retrieve(created.id), created);
});

test('a relink reactivates the account and its neighbour', async () => {
  await fresh();
  await link(await sessions.create(RELINK), ['6789']);
  const events = await happened({ type: `${ACCOUNT}reactivated` });
  const ids = events.map((event) => event.data.object.id).sort();
  assert.deepEqual(ids, [BROKEN.account, 'fca_AlderSavings1204']);
  assert.equal(events[0].data.previous_attributes.status, 'inactive');
});

test('an account is deactivated and disconnected', async () => {
  await fresh();
  await change('fca_CopperfieldSavings4421', { status: 'inactive', cause: 'access_denied', action: 'relink_required' });
  const { data } = await only(`${ACCOUNT}deactivated`);
  assert.equal(data.object.status_details.inactive.cause, 'access_denied');
  assert.equal(data.previous_attributes.status, 'active');
  await accounts.disconnect('fca_CopperfieldSavings4421');
  assert.equal((await only(`${ACCOUNT}disconnected`)).data.object.status, 'disconnected');
});

test('refreshes tell when they are done', async () => {
  await fresh();
  const params = {
    account_holder: { type: 'customer', customer: 'cus_SandboxData' },
    permissions: ['balances', 'transactions', 'ownership'],
    relink_options: { authorization: 'fcauth_FoundryNoor' },
  };
  await link(await sessions.create(params), ['3001']);
  await control('POST', '/_sandbox/settings', { refresh_seconds: 60 });
  const features = ['balance', 'inferred_balances', 'ownership', 'transactions'];
  const pending = await accounts.refresh('fca_FoundryChecking3001', { features });
  assert.equal(pending.balance_refresh.status, 'pending');
  assert.equal(pending.balance_refresh.next_refresh_available_at, null);
  assert.deepEqual((await types()).filter((type) => type.includes('refreshed')), []);
  await advance(61);
  for (const what of ['balance', 'inferred_balances', 'ownership', 'transactions']) {
    const event = await only(`${ACCOUNT}refreshed_${what}`);
    const field = { balance: 'balance_refresh', transactions: 'transaction_refresh' }[what] ?? `${what}_refresh`;
    assert.equal(event.data.object[field].status, 'succeeded');
  }
});

test('what is announced is told, comes near, and happens when the clock gets there', async () => {
  await fresh();
  const { now } = await control('GET', '/_sandbox/clock');
  const id = 'fca_CopperfieldSavings4421';
  await change(id, { expected_deactivation_date: now + 60 * 86_400 });
  await only(`${ACCOUNT}expected_deactivation_date_updated`);
  await only(`${AUTHORIZATION}expected_deactivation_date_updated`);
  const near = async () => (await types()).filter((type) => type.endsWith('upcoming_deactivation'));
  const before = (await near()).length;
  await advance('31d');
  const events = await happened({ types: [`${ACCOUNT}upcoming_deactivation`, `${AUTHORIZATION}upcoming_deactivation`] });
  assert.ok(events.length >= before + 2);
  assert.ok(events.some((event) => event.data.object.id === id));
  await advance('30d');
  const gone = await happened({ type: `${ACCOUNT}deactivated` });
  assert.ok(gone.some((event) => event.data.object.id === id));
  assert.equal((await accounts.retrieve(id)).status, 'inactive');
});

test('a tokenized number that expires is told before and after', async () => {
  await fresh();
  const { now } = await control('GET', '/_sandbox/clock');
  const id = 'fca_PinecrestNumberExpiring8812';
  const number = { identifier_type: 'tokenized_account_number', status: 'transactable' };
  await change(id, { account_numbers: [{ ...number, expected_expiry_date: now + 40 * 86_400 }] });
  assert.deepEqual(await types({ type: `${ACCOUNT}upcoming_account_number_expiry` }), []);
  await advance('11d');
  assert.equal((await only(`${ACCOUNT}upcoming_account_number_expiry`)).data.object.id, id);
  await advance('30d');
  const updated = await happened({ type: `${ACCOUNT}account_numbers_updated` });
  const { object } = updated.findLast((event) => event.data.object.id === id).data;
  // The status `expired`, new in 2026-09-30, is `deactivated` in the library's version.
  assert.equal(object.account_numbers[0].status, 'deactivated');
});

test('an account that payments no longer reach is told', async () => {
  await fresh();
  await change('fca_CopperfieldSavings4421', { supported_payment_method_types: [] });
  const event = await only(`${ACCOUNT}supported_payment_method_types_updated`);
  assert.deepEqual(event.data.previous_attributes.supported_payment_method_types, ['us_bank_account']);
});

test('payments tell what becomes of them', async () => {
  await fresh();
  const method = await stripe.paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: { financial_connections_account: 'fca_CopperfieldSavings4421' },
    billing_details: { name: 'Jenny Rosen' },
  });
  const form = {
    customer: 'cus_SandboxJenny',
    payment_method: method.id,
    confirm: true,
    mandate_data: {
      customer_acceptance: { type: 'online', online: { ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' } },
    },
  };
  await stripe.setupIntents.create(form);
  await control('POST', '/_sandbox/settings', { setup_intent_requires_action: true });
  const waiting = await stripe.setupIntents.create(form);
  await stripe.setupIntents.cancel(waiting.id);
  await control('POST', '/_sandbox/settings', { setup_intent_requires_action: false, decline_setup_intents: true });
  await stripe.setupIntents.create(form).catch(() => {});
  await stripe.paymentMethods.detach(method.id);
  const customer = await stripe.customers.create({ name: 'Ada' });
  await stripe.customers.update(customer.id, { name: 'Ada L.' });
  const found = new Set(await types());
  const expected = [
    'setup_intent.created', 'setup_intent.succeeded', 'setup_intent.requires_action', 'setup_intent.canceled',
    'setup_intent.setup_failed', 'payment_method.attached', 'payment_method.detached', 'customer.created',
    'customer.updated',
  ];
  for (const type of expected) assert.ok(found.has(type), type);
});

test('events are found by type, by time and by delivery', async () => {
  await fresh();
  await change('fca_CopperfieldSavings4421', { status: 'inactive' });
  await advance('2d');
  const { now } = await control('GET', '/_sandbox/clock');
  await change('fca_CopperfieldSavings4421', { status: 'active' });
  assert.deepEqual(await types({ created: { gte: now } }), [`${ACCOUNT}reactivated`]);
  assert.ok((await types({ created: { lt: now } })).includes(`${ACCOUNT}deactivated`));
  assert.deepEqual(await types({ types: ['financial_connections.account.deactivated'] }), [`${ACCOUNT}deactivated`]);
  assert.ok((await types({ type: 'financial_connections.*' })).length >= 2);
  assert.deepEqual(await types({ delivery_success: false }), []);
});

test('a GA version reads events without relink, and none of sessions', async () => {
  await fresh();
  await link(await sessions.create(RELINK), ['6789']);
  const ga = client({ apiVersion: '2026-10-28.endive' });
  const { data } = await ga.events.list({ limit: 100 });
  assert.ok(!data.some((event) => event.type === 'financial_connections.session.updated'));
  const { object } = data.find((event) => event.type === `${ACCOUNT}reactivated`).data;
  assert.equal(object.authorization, undefined);
});

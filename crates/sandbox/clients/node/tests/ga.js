// The newest general release of the library, on its own version. Its calls are checked against its own types.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listen } from '../support/listener.js';
import { BROKEN, control, fresh, ga, link } from '../support/sandbox.js';

const MANDATE = {
  customer_acceptance: { type: 'online', online: { ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' } },
};
const { financialConnections: connections } = ga;

/** Links the account of a new customer with these last digits; returns the customer and the account. */
async function linked() {
  const { id: customer } = await ga.customers.create({ name: 'Ada Lovelace', email: 'ada@example.com' });
  const session = await connections.sessions.create({
    account_holder: { type: 'customer', customer },
    filters: { account_subcategories: ['checking', 'savings'], country: 'US' },
    permissions: ['payment_method', 'balances', 'ownership', 'transactions'],
    prefetch: ['balances'],
  });
  const { accounts } = await link(session, ['3310'], { institution: 'fcinst_AlderBank', reader: ga });
  return { customer, account: accounts.data[0].id };
}

test('the general release links an account and reads its data', async () => {
  await fresh();
  const { customer, account } = await linked();
  const holder = { account_holder: { customer } };
  assert.deepEqual((await connections.accounts.list(holder)).data.map((one) => one.id), [account]);
  await connections.accounts.subscribe(account, { features: ['transactions'] });
  const read = await connections.accounts.refresh(account, { features: ['balance', 'ownership', 'transactions'] });
  assert.equal('authorization' in read, false, 'a field of previews');
  const owners = await connections.accounts.listOwners(account, { ownership: read.ownership });
  assert.equal(owners.data.length, 1);
  const { data: [transaction] } = await connections.transactions.list({ account, limit: 1 });
  assert.equal((await connections.transactions.retrieve(transaction.id)).account, account);
  await connections.accounts.unsubscribe(account, { features: ['transactions'] });
  assert.equal((await connections.accounts.disconnect(account)).status, 'disconnected');
  assert.equal((await connections.accounts.retrieve(BROKEN.account)).status, 'inactive');
});

test('the general release sets an account up, and is paid from it', async () => {
  await fresh();
  const { customer, account } = await linked();
  const { id: payment_method } = await ga.paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: { financial_connections_account: account },
    billing_details: { name: 'Ada Lovelace' },
  });
  const setup = await ga.setupIntents.create({
    customer, payment_method, allowed_payment_method_types: ['us_bank_account'], confirm: true, mandate_data: MANDATE,
  });
  assert.equal(setup.status, 'succeeded');
  assert.equal((await ga.mandates.retrieve(setup.mandate)).status, 'active');
  const payment = await ga.paymentIntents.create({
    amount: 2000, currency: 'usd', customer, payment_method, allowed_payment_method_types: ['us_bank_account'],
    confirm: true, mandate_data: MANDATE,
  });
  assert.equal(payment.status, 'processing');
  const items = [{ price: 'price_Monthly' }];
  const made = await ga.subscriptions.create({ customer, items, default_payment_method: payment_method });
  assert.deepEqual([made.billing_schedules, made.managed_payments], [[], null]);
  assert.equal((await ga.subscriptions.cancel(made.id)).status, 'canceled');
  const { data } = await ga.paymentMethods.list({ customer });
  assert.deepEqual(data.map((one) => one.id), [payment_method]);
});

test('the general release reads events and verifies webhooks in its version', async (t) => {
  await fresh();
  let arrived;
  const message = new Promise((resolve) => (arrived = resolve));
  const receiver = await listen((one) => void arrived(one));
  t.after(receiver.close);
  const endpoint = await ga.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
  await control('POST', '/_sandbox/accounts/fca_CopperfieldSavings4421', { status: 'inactive' });
  const { body, signature } = await message;
  const event = ga.webhooks.constructEvent(body, signature, endpoint.secret);
  assert.equal(event.api_version, ga.getApiField('version'));
  assert.deepEqual((await ga.events.list({ limit: 1 })).data[0].id, event.id);
  const thin = await ga.v2.core.events.list({ object_id: event.data.object.id });
  assert.equal(thin.data[0].type, `v1.${event.type}`);
});

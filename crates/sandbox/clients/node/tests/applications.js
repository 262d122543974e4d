// The calls with which five kinds of applications start, in the order in which public integrations make them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { calls, harvest } from '../support/recorder.js';
import { client, control, fresh, link, stripe } from '../support/sandbox.js';

const { customers, financialConnections, paymentMethods } = stripe;
/** The library on a version before the lists of payment methods were renamed, as most applications pin it. */
const { paymentIntents, setupIntents } = client({ apiVersion: '2025-11-17.clover' });

const MANDATE = {
  customer_acceptance: { type: 'online', online: { ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' } },
};
const BILLING = { name: 'Ada Lovelace', email: 'ada@example.com' };

/** Number of calls that were recorded before these tests. */
let first;

/** Returns the customer with this address, as applications do that store no identifiers. */
async function customer(email) {
  const { data: [known] } = await customers.list({ email, limit: 1 });
  return known ?? customers.create({ email, name: 'Ada Lovelace', metadata: { user: '42' } });
}

/** Returns all ids of a list that has several pages. */
async function ids(list) {
  const found = [];
  for await (const { id } of list) found.push(id);
  return found;
}

/** Subscribes to the account, reads everything about it, and disconnects it. */
async function feed(account) {
  const subscribed = await financialConnections.accounts.subscribe(account, { features: ['transactions'] });
  assert.deepEqual(subscribed.subscriptions, ['transactions']);
  await financialConnections.accounts.refresh(account, { features: ['balance', 'ownership', 'transactions'] });
  await control('POST', '/_sandbox/clock', { advance: 3600 });
  const read = await financialConnections.accounts.retrieve(account, { expand: ['ownership'] });
  assert.equal(read.balance_refresh.status, 'succeeded');
  const owners = await financialConnections.accounts.listOwners(account, { ownership: read.ownership.id });
  assert.ok(owners.data[0].name);
  // Page by page, as many applications do it without the library's loop.
  const transactions = [];
  for (let page, starting_after; page?.has_more ?? true; starting_after = page.data.at(-1).id) {
    const wanted = { account, transacted_at: { gte: 0 }, limit: 10, starting_after };
    page = await financialConnections.transactions.list(wanted);
    transactions.push(...page.data);
  }
  assert.ok(transactions.length > 10);
  assert.equal(new Set(transactions.map((one) => one.id)).size, transactions.length);
  const { transaction_refresh } = await financialConnections.accounts.retrieve(account);
  const after = transaction_refresh.id;
  await financialConnections.transactions.list({ account, transaction_refresh: { after } });
  await financialConnections.accounts.unsubscribe(account, { features: ['transactions'] });
  assert.equal((await financialConnections.accounts.disconnect(account)).status, 'disconnected');
}

test('a budget application reads balances and transactions', async () => {
  await fresh();
  first = calls.length;
  assert.equal((await stripe.accounts.retrieveCurrent()).object, 'account');
  const { id } = await customer('ada@example.com');
  assert.equal((await customer('ada@example.com')).id, id);
  const session = await financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: id },
    permissions: ['balances', 'ownership', 'transactions'],
    prefetch: ['balances', 'transactions'],
  });
  const { accounts } = await link(session, ['3310', '3328'], { institution: 'fcinst_AlderBank' });
  assert.equal(accounts.data.length, 2);
  const list = await financialConnections.accounts.list({ account_holder: { customer: id }, limit: 1 });
  assert.equal(list.has_more, true);
  const linked = await ids(financialConnections.accounts.list({ account_holder: { customer: id }, limit: 1 }));
  assert.deepEqual(linked.toSorted(), accounts.data.map((one) => one.id).toSorted());
  for (const account of linked) await feed(account);
  assert.equal((await customers.del(id)).deleted, true);
});

test('a shop is paid by bank', async () => {
  await fresh();
  const { id } = await customer('ada@example.com');
  const intent = await paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    customer: id,
    description: 'Order 17',
    metadata: { order: '17' },
    payment_method_types: ['us_bank_account'],
    payment_method_options: {
      us_bank_account: {
        financial_connections: { permissions: ['payment_method', 'balances'] },
        verification_method: 'instant',
      },
    },
    receipt_email: 'ada@example.com',
    setup_future_usage: 'off_session',
    statement_descriptor: 'NORTHWIND',
  });
  assert.equal(intent.status, 'requires_payment_method');
  const session = await financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: id },
    permissions: ['payment_method', 'balances'],
    filters: { account_subcategories: ['checking', 'savings'], countries: ['US'] },
  });
  const { accounts } = await link(session, ['3310'], { institution: 'fcinst_AlderBank' });
  const method = await paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: { financial_connections_account: accounts.data[0].id },
    billing_details: BILLING,
  });
  const confirm = { payment_method: method.id, mandate_data: MANDATE, return_url: 'https://shop.example/thanks' };
  assert.equal((await paymentIntents.confirm(intent.id, confirm)).status, 'processing');
  await control('POST', '/_sandbox/clock', { advance: 10 * 86_400 });
  const paid = await paymentIntents.retrieve(intent.id, { expand: ['payment_method'] });
  assert.deepEqual([paid.status, paid.amount_received], ['succeeded', 2000]);
  assert.equal(paid.payment_method.us_bank_account.last4, '3310');
  // The customer comes back, and pays without being there.
  const again = await paymentIntents.create({
    amount: 2500,
    currency: 'usd',
    customer: id,
    payment_method: (await customers.listPaymentMethods(id, { type: 'us_bank_account' })).data[0].id,
    payment_method_types: ['us_bank_account'],
    confirm: true,
    off_session: true,
    description: 'Top-up',
    metadata: { tenant: 'default' },
  }, { idempotencyKey: 'top-up-1' });
  assert.equal(again.status, 'processing');
  const payment_method_types = ['us_bank_account'];
  const unwanted = await paymentIntents.create({ amount: 100, currency: 'usd', customer: id, payment_method_types });
  await paymentIntents.update(unwanted.id, { amount: 200, metadata: { order: '18' } });
  assert.equal((await paymentIntents.cancel(unwanted.id)).status, 'canceled');
  assert.deepEqual(await ids(paymentIntents.list({ customer: id })), [unwanted.id, again.id, intent.id]);
  assert.equal((await stripe.balance.retrieve()).available[0].amount, 2000);
});

test('a service with subscriptions sets up a bank account, and replaces it', async () => {
  await fresh();
  const { id } = await customer('ada@example.com');
  const intent = await setupIntents.create({
    customer: id,
    usage: 'off_session',
    payment_method_types: ['us_bank_account'],
    payment_method_options: { us_bank_account: { financial_connections: { permissions: ['payment_method'] } } },
  });
  const session = await financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: id },
    permissions: ['payment_method'],
  });
  const { accounts } = await link(session, ['3310', '3328'], { institution: 'fcinst_AlderBank' });
  const [first, second] = await Promise.all(
    accounts.data.map((account) =>
      paymentMethods.create({
        type: 'us_bank_account',
        us_bank_account: { financial_connections_account: account.id },
        billing_details: BILLING,
      }),
    ),
  );
  const set = await setupIntents.confirm(intent.id, { payment_method: first.id, mandate_data: MANDATE });
  assert.equal((await setupIntents.retrieve(intent.id, { expand: ['payment_method'] })).payment_method.id, first.id);
  assert.equal((await stripe.mandates.retrieve(set.mandate)).status, 'active');
  await customers.update(id, { invoice_settings: { default_payment_method: first.id } });
  const subscription = await stripe.subscriptions.create({
    customer: id,
    items: [{ price: 'price_Monthly' }],
    default_payment_method: first.id,
    metadata: { plan: 'basic' },
  });
  await paymentMethods.attach(second.id, { customer: id });
  const changes = { billing_details: { phone: '+15555550100' }, metadata: { plan: 'basic' } };
  const changed = await paymentMethods.update(second.id, changes);
  assert.deepEqual([changed.billing_details.phone, changed.billing_details.name], ['+15555550100', BILLING.name]);
  await stripe.subscriptions.update(subscription.id, { default_payment_method: second.id });
  await paymentMethods.detach(first.id);
  const kept = await paymentMethods.list({ customer: id, type: 'us_bank_account' });
  assert.deepEqual(kept.data.map((one) => one.id), [second.id]);
  assert.deepEqual(await ids(stripe.subscriptions.list({ customer: id, status: 'active' })), [subscription.id]);
  const { default_payment_method: payer } = await stripe.subscriptions.retrieve(subscription.id);
  assert.equal(payer, second.id);
  assert.equal((await customers.retrieve(id)).invoice_settings.default_payment_method, null, 'it was detached');
  assert.equal((await paymentMethods.retrieve(first.id)).customer, null);
  assert.equal((await stripe.subscriptions.cancel(subscription.id)).status, 'canceled');
});

test('a marketplace pays out to the accounts of its sellers', async () => {
  await fresh();
  const bank = { object: 'bank_account', country: 'US', currency: 'usd', routing_number: '110000000' };
  const { id } = await stripe.accounts.create({
    type: 'custom',
    country: 'US',
    email: 'seller@example.com',
    business_type: 'individual',
    capabilities: { transfers: { requested: true }, us_bank_account_ach_payments: { requested: true } },
    individual: { first_name: 'Ada', last_name: 'Lovelace' },
    tos_acceptance: { date: 1_790_000_000, ip: '203.0.113.7' },
    external_account: { ...bank, account_number: '000123456789' },
  });
  const onboarding = await stripe.accountLinks.create({
    account: id,
    type: 'account_onboarding',
    refresh_url: 'https://shop.example/again',
    return_url: 'https://shop.example/done',
  });
  assert.match(onboarding.url, /^http/);
  const { data: [typed] } = await stripe.accounts.listExternalAccounts(id, { object: 'bank_account', limit: 10 });
  assert.equal(typed.last4, '6789');
  const session = await financialConnections.sessions.create({
    account_holder: { type: 'account', account: id },
    permissions: ['payment_method', 'balances'],
    filters: { countries: ['US'] },
  });
  const choice = { institution: 'fcinst_AlderBank', accounts: ['3310'], token: true };
  const { bank_account_token } = await control('POST', `/_sandbox/sessions/${session.id}/complete`, choice);
  const linked = await stripe.accounts.createExternalAccount(id, {
    external_account: bank_account_token.id,
    default_for_currency: true,
  });
  assert.equal(linked.default_for_currency, true);
  await stripe.accounts.deleteExternalAccount(id, typed.id);
  await stripe.accounts.update(id, { metadata: { seller: '7' } });
  assert.equal((await stripe.accounts.retrieveExternalAccount(id, linked.id)).last4, '3310');
  assert.deepEqual((await stripe.accounts.list({ limit: 3 })).data.map((one) => one.id), [id]);
  const seller = await stripe.accounts.retrieve(id);
  assert.deepEqual(seller.external_accounts.data.map((one) => one.id), [linked.id]);
  assert.equal(seller.payouts_enabled, true);
  const held = await financialConnections.accounts.list({ account_holder: { account: id } });
  assert.deepEqual(held.data.map((one) => one.last4), ['3310']);
});

test('a lender looks at an account once, and asks again when it breaks', async () => {
  await fresh();
  const { id } = await customer('ada@example.com');
  const session = await financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: id },
    permissions: ['ownership', 'balances', 'transactions'],
    prefetch: ['ownership'],
  });
  const { accounts } = await link(session, ['3310'], { institution: 'fcinst_AlderBank' });
  const [{ id: account }] = accounts.data;
  const endpoint = await stripe.webhookEndpoints.create({
    url: 'https://lender.example/stripe',
    enabled_events: ['financial_connections.account.deactivated', 'financial_connections.account.reactivated'],
  });
  await control('POST', `/_sandbox/accounts/${account}`, { status: 'inactive' });
  const { data: [event] } = await stripe.events.list({ type: 'financial_connections.account.deactivated', limit: 1 });
  assert.equal(event.data.object.id, account);
  await assert.rejects(financialConnections.accounts.refresh(account, { features: ['balance'] }), {
    type: 'StripeInvalidRequestError',
  });
  const { authorization, institution } = await financialConnections.accounts.retrieve(account);
  const { status_details } = await financialConnections.authorizations.retrieve(authorization);
  assert.equal(status_details.inactive.action, 'relink_required');
  assert.equal((await financialConnections.institutions.retrieve(institution)).status, 'active');
  // A window that the customer closes, before one that they finish.
  const closed = await financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: id },
    permissions: ['payment_method'],
    relink_options: { authorization, account },
    return_url: 'https://lender.example/back',
  });
  await control('POST', `/_sandbox/sessions/${closed.id}/complete`, { outcome: 'cancelled' });
  assert.equal((await financialConnections.sessions.retrieve(closed.id)).status, 'cancelled');
  const again = await financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: id },
    permissions: ['ownership', 'balances', 'transactions'],
    relink_options: { authorization },
  });
  const relinked = await link(again, ['3310'], { institution: 'fcinst_AlderBank' });
  assert.deepEqual(relinked.relink_result, { authorization, account: null, failure_reason: null });
  const { data: [{ type }] } = await stripe.events.list({ types: ['financial_connections.account.reactivated'], limit: 1 });
  assert.equal(type, 'financial_connections.account.reactivated');
  const checked = await financialConnections.accounts.retrieve(account, { expand: ['ownership', 'institution'] });
  assert.deepEqual([checked.status, checked.institution.id], ['active', institution]);
  await financialConnections.accounts.refresh(account, { features: ['inferred_balances'] });
  assert.ok((await financialConnections.accounts.listInferredBalances(account, { limit: 1 })).data[0].current.usd);
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
  assert.equal((await stripe.webhookEndpoints.list()).data[0].status, 'disabled');
  await stripe.webhookEndpoints.del(endpoint.id);
});

test('these are the first hundred calls', async () => {
  await harvest();
  const own = calls.slice(first);
  assert.ok(own.length >= 100, `${own.length} calls`);
});

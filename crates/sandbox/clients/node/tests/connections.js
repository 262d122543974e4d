// Financial Connections: every endpoint, called with the library's methods.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROKEN, RELINK, cancel, client, control, fail, fresh, link, stripe } from '../support/sandbox.js';

const { accounts, authorizations, institutions, sessions, transactions } = stripe.financialConnections;

test('a customer links new accounts, with every parameter that a session has', async () => {
  await fresh();
  const created = await sessions.create({
    account_holder: { type: 'customer', customer: 'cus_SandboxJenny' },
    permissions: ['balances', 'ownership', 'payment_method', 'transactions'],
    filters: {
      account_subcategories: ['checking', 'savings'],
      countries: ['US'],
      institution: 'fcinst_AlderBank',
      require_payment_method_support: 'at_least_one',
    },
    limits: { accounts: 2 },
    manual_entry: { mode: 'automatic' },
    prefetch: ['balances', 'inferred_balances', 'ownership', 'transactions'],
    return_url: 'https://merchant.example/back',
  });
  assert.equal(created.status, 'pending');
  assert.match(created.client_secret, /^fcsess_client_secret_/);
  const read = await link(created, ['2231']);
  assert.equal(read.status, 'succeeded');
  assert.equal(read.relink_result, undefined);
  const [linked] = read.accounts.data;
  assert.equal(linked.status, 'active');
  assert.equal(linked.ownership_refresh.status, 'succeeded');
});

test('a relink brings the very account back to life', async () => {
  await fresh();
  const before = await accounts.retrieve(BROKEN.account);
  assert.deepEqual(before.status_details, { inactive: { action: 'relink_required', cause: 'access_expired' } });
  const read = await link(await sessions.create(RELINK), ['6789']);
  assert.deepEqual(read.relink_result, { ...BROKEN, failure_reason: null });
  assert.equal((await accounts.retrieve(BROKEN.account)).status, 'active');
  assert.equal((await authorizations.retrieve(BROKEN.authorization)).status, 'active');
});

test('a relink of any account of a login names the login only', async () => {
  await fresh();
  const session = await sessions.create({ ...RELINK, relink_options: { authorization: BROKEN.authorization } });
  const read = await link(session, ['1204']);
  const expected = { authorization: BROKEN.authorization, account: null, failure_reason: null };
  assert.deepEqual(read.relink_result, expected);
});

test('a relink that fails says why', async () => {
  await fresh();
  for (const reason of ['no_authorization', 'other']) {
    const read = await fail(await sessions.create(RELINK), reason);
    assert.equal(read.status, 'failed');
    assert.deepEqual(read.relink_result, { authorization: null, account: null, failure_reason: reason });
  }
  const read = await link(await sessions.create(RELINK), ['1204']);
  assert.equal(read.relink_result.failure_reason, 'no_account');
});

test('a window that was closed leaves a cancelled session', async () => {
  await fresh();
  const read = await cancel(await sessions.create(RELINK));
  assert.equal(read.status, 'cancelled');
  assert.equal(read.status_details.cancelled.reason, 'other');
});

test('a hosted relink has an address of its own', async () => {
  await fresh();
  const hosted = { ui_mode: 'hosted', hosted: { delivery_method: 'url' }, return_url: 'https://merchant.example/back' };
  const session = await sessions.create({ ...RELINK, ...hosted });
  assert.equal(session.ui_mode, 'hosted');
  assert.equal((await fetch(session.url)).status, 200);
});

test('an account is refreshed, subscribed to, and read as a whole', async () => {
  await fresh();
  await link(await sessions.create({ ...DATA, prefetch: ['balances', 'ownership', 'transactions'] }), ['3001', '3003']);
  const features = ['balance', 'inferred_balances', 'ownership', 'transactions'];
  const refreshed = await accounts.refresh('fca_FoundryChecking3001', { features, expand: ['ownership'] });
  assert.equal(refreshed.balance_refresh.status, 'succeeded');
  assert.equal(refreshed.ownership.object, 'financial_connections.account_ownership');
  const card = await accounts.refresh('fca_FoundryCreditCard3003', { features: ['balance'] });
  assert.equal(card.balance.type, 'credit');
  const subscribed = await accounts.subscribe(refreshed.id, { features: ['transactions', 'balance'] });
  assert.deepEqual([...subscribed.subscriptions].sort(), ['balance', 'transactions']);
  const unsubscribed = await accounts.unsubscribe(refreshed.id, { features: ['balance'] });
  assert.deepEqual(unsubscribed.subscriptions, ['transactions']);
  const owners = await accounts.listOwners(refreshed.id, { ownership: refreshed.ownership.id });
  assert.equal(owners.data[0].object, 'financial_connections.account_owner');
  const inferred = await accounts.listInferredBalances(refreshed.id, { limit: 3 });
  assert.equal(inferred.data.length, 3);
});

test('transactions are listed by time and by refresh, and read one by one', async () => {
  await fresh();
  await link(await sessions.create({ ...DATA, prefetch: ['transactions'] }), ['3001']);
  const account = await accounts.retrieve('fca_FoundryChecking3001');
  const all = await transactions.list({ account: account.id, limit: 100 }).autoPagingToArray({ limit: 1000 });
  const [newest] = all;
  const since = await transactions.list({ account: account.id, transacted_at: { gte: newest.transacted_at } });
  assert.ok(since.data.every((one) => one.transacted_at >= newest.transacted_at) && since.data.length > 0);
  const later = await transactions.list({
    account: account.id,
    transaction_refresh: { after: account.transaction_refresh.id },
  });
  assert.deepEqual(later.data, []);
  const one = await transactions.retrieve(newest.id);
  assert.equal(one.amount, newest.amount);
});

test('institutions are listed and read', async () => {
  await fresh();
  const { data } = await institutions.list({ limit: 3 });
  assert.equal(data.length, 3);
  assert.equal((await institutions.retrieve(data[0].id)).name, data[0].name);
});

test('accounts and logins are read in every state that they can be in', async () => {
  await fresh();
  const kai = await accounts.list({ account_holder: { customer: 'cus_SandboxKai' }, limit: 100 });
  assert.deepEqual(new Set(kai.data.map((one) => one.status)), new Set(['active', 'inactive', 'disconnected']));
  for (const id of new Set(kai.data.map((one) => one.authorization))) {
    assert.equal((await authorizations.retrieve(id)).id, id);
  }
});

test('objects take the place of their ids where that is asked for, in lists too', async () => {
  await fresh();
  const expand = ['institution', 'account_holder.customer'];
  const account = await accounts.retrieve(BROKEN.account, { expand });
  assert.equal(account.institution.name, 'Alder Bank');
  assert.equal(account.account_holder.customer.object, 'customer');
  const list = await accounts.list({
    account_holder: { customer: 'cus_SandboxJenny' },
    expand: ['data.institution'],
  });
  assert.ok(list.data.every((one) => one.institution.object === 'financial_connections.institution'));
});

test('an account that is disconnected stays so', async () => {
  await fresh();
  assert.equal((await accounts.disconnect('fca_CopperfieldSavings4421')).status, 'disconnected');
  assert.equal((await accounts.retrieve('fca_CopperfieldSavings4421')).status, 'disconnected');
});

test('the accounts of a session are read page by page', async () => {
  await fresh();
  await control('POST', '/_sandbox/settings', { session_page_size: 1 });
  const read = await link(await sessions.create(DATA), ['3001', '3002', '3003']);
  assert.equal(read.accounts.has_more, true);
  const all = await accounts.list({ session: read.id, limit: 1 }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(all.map((one) => one.last4).sort(), ['3001', '3002', '3003']);
});

test('a live key sees nothing of the test mode', async () => {
  await fresh();
  const live = client({}, 'sk_live_sandbox').financialConnections;
  await assert.rejects(live.accounts.retrieve(BROKEN.account), { code: 'resource_missing' });
  assert.deepEqual((await live.accounts.list({ account_holder: { customer: 'cus_SandboxJenny' } })).data, []);
});

/** Parameters of a merchant who reads account data. */
const DATA = {
  account_holder: { type: 'customer', customer: 'cus_SandboxData' },
  permissions: ['balances', 'transactions', 'ownership'],
  relink_options: { authorization: 'fcauth_FoundryNoor' },
};

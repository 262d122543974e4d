// The merchant's account, connected accounts, their bank accounts for payouts, tokens and the balance.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { control, fresh, stripe } from '../support/sandbox.js';

const { accounts, balance, tokens } = stripe;

test('an account is read, and one that is not connected is refused', async () => {
  await fresh();
  await control('POST', '/_sandbox/connected_accounts', { id: 'acct_Ada' });
  assert.equal((await accounts.retrieveCurrent()).id, 'acct_Sandbox');
  assert.equal((await accounts.retrieve('acct_Ada')).type, 'custom');
  assert.deepEqual((await accounts.list()).data.map((one) => one.id), ['acct_Ada']);
  const refused = { type: 'StripePermissionError', code: 'account_invalid' };
  await assert.rejects(accounts.retrieve('acct_Nobody'), refused);
});

test('a linked account becomes a token, and the account that a connected account is paid out to', async () => {
  await fresh();
  await control('POST', '/_sandbox/connected_accounts', { id: 'acct_Ada' });
  const session = await stripe.financialConnections.sessions.create({
    account_holder: { type: 'customer', customer: 'cus_SandboxJenny' },
    permissions: ['payment_method'],
  });
  const choice = { institution: 'fcinst_AlderBank', accounts: ['2231'], token: true };
  const linked = await control('POST', `/_sandbox/sessions/${session.id}/complete`, choice);
  const token = linked.bank_account_token;
  assert.equal((await tokens.retrieve(token.id)).used, false);
  const first = await accounts.createExternalAccount('acct_Ada', { external_account: token.id });
  assert.equal(first.last4, '2231');
  const typed = { country: 'US', currency: 'usd', account_number: '000123456789', routing_number: '110000000' };
  const bank_account = { ...typed, account_holder_name: 'Ada', account_holder_type: 'individual' };
  const { id: external_account } = await tokens.create({ bank_account });
  const second = await accounts.createExternalAccount('acct_Ada', { external_account, default_for_currency: true });
  await accounts.updateExternalAccount('acct_Ada', first.id, { metadata: { a: 'b' } });
  assert.deepEqual((await accounts.retrieveExternalAccount('acct_Ada', first.id)).metadata, { a: 'b' });
  const { data } = await accounts.listExternalAccounts('acct_Ada', { object: 'bank_account' });
  assert.deepEqual(data.map((one) => one.id), [second.id, first.id]);
  assert.equal((await accounts.deleteExternalAccount('acct_Ada', first.id)).deleted, true);
  const events = await stripe.events.list({}, { stripeAccount: 'acct_Ada' });
  assert.equal(events.data[0].type, 'account.external_account.deleted');
});

test('the balance has what payments bring', async () => {
  await fresh();
  assert.equal((await balance.retrieve()).available[0].amount, 0);
});

test('the second version shows an account with the time at which it was connected', async () => {
  await fresh();
  const { id, created } = await accounts.create({ type: 'custom', country: 'US', email: 'ada@example.com' });
  const account = await stripe.v2.core.accounts.retrieve(id, {
    include: [
      'configuration.customer', 'configuration.merchant', 'configuration.money_manager', 'configuration.recipient',
      'defaults', 'future_requirements', 'identity', 'requirements',
    ],
  });
  assert.deepEqual([account.contact_email, account.created], ['ada@example.com', new Date(created * 1000).toISOString()]);
  assert.equal(account.configuration.recipient.capabilities.stripe_balance.payouts.status, 'active');
  const short = await stripe.v2.core.accounts.retrieve(id);
  assert.deepEqual([short.created, short.configuration], [account.created, null], 'not the time of the call');
});

test('a connected account is created, changed and disconnected', async () => {
  await fresh();
  const made = await stripe.accounts.create({ type: 'custom', country: 'US', email: 'ada@example.com' });
  assert.equal(made.email, 'ada@example.com');
  const changed = await stripe.accounts.update(made.id, { email: 'lovelace@example.com', metadata: { a: '1' } });
  assert.equal(changed.email, 'lovelace@example.com');
  const { data: [event] } = await stripe.events.list({}, { stripeAccount: made.id });
  assert.deepEqual([event.type, event.data.previous_attributes.email], ['account.updated', 'ada@example.com']);
  assert.equal((await stripe.accounts.del(made.id)).deleted, true);
});

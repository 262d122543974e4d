// Customers, payment methods, setup intents and mandates, called with the library's methods.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { control, fresh, stripe } from '../support/sandbox.js';

const { customers, mandates, paymentIntents, paymentMethods, setupIntents } = stripe;

const ACCEPTANCE = {
  customer_acceptance: {
    type: 'online',
    accepted_at: 1_790_000_000,
    online: { ip_address: '203.0.113.7', user_agent: 'Mozilla/5.0' },
  },
};

function payable() {
  return paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: { financial_connections_account: 'fca_CopperfieldSavings4421' },
    billing_details: { name: 'Jenny Rosen', email: 'jenny@example.com' },
    metadata: { order: '17' },
  });
}

test('a customer is created, changed and read', async () => {
  await fresh();
  const created = await customers.create({ name: 'Ada', metadata: { plan: 'basic' } });
  await customers.update(created.id, { email: 'ada@example.com', metadata: { plan: '' } });
  const read = await customers.retrieve(created.id);
  assert.deepEqual([read.name, read.email, read.metadata], ['Ada', 'ada@example.com', {}]);
});

test('a linked account becomes the way a customer pays, with a mandate', async () => {
  await fresh();
  const method = await payable();
  assert.equal(method.us_bank_account.financial_connections_account, 'fca_CopperfieldSavings4421');
  const intent = await setupIntents.create({
    customer: 'cus_SandboxJenny',
    payment_method: method.id,
    allowed_payment_method_types: ['us_bank_account'],
    confirm: true,
    mandate_data: ACCEPTANCE,
    expand: ['payment_method', 'customer', 'mandate'],
  });
  assert.equal(intent.status, 'succeeded');
  assert.equal(intent.payment_method.customer, 'cus_SandboxJenny');
  const mandate = await mandates.retrieve(intent.mandate.id);
  assert.equal(mandate.payment_method, method.id);
  const { data } = await paymentMethods.list({ customer: 'cus_SandboxJenny', type: 'us_bank_account' });
  assert.deepEqual(data.map((one) => one.id), [method.id]);
  const invoice_settings = { default_payment_method: method.id };
  const expand = ['invoice_settings.default_payment_method'];
  const customer = await customers.update('cus_SandboxJenny', { invoice_settings, expand });
  assert.equal(customer.invoice_settings.default_payment_method.id, method.id);
});

test('a setup intent is confirmed in a second step, or cancelled', async () => {
  await fresh();
  const method = await payable();
  const first = await setupIntents.create({ customer: 'cus_SandboxJenny', payment_method: method.id });
  assert.equal(first.status, 'requires_confirmation');
  assert.equal((await setupIntents.confirm(first.id, { mandate_data: ACCEPTANCE })).status, 'succeeded');
  const second = await setupIntents.create({ customer: 'cus_SandboxJenny' });
  const cancelled = await setupIntents.cancel(second.id, { cancellation_reason: 'abandoned' });
  assert.equal(cancelled.cancellation_reason, 'abandoned');
  assert.equal((await setupIntents.retrieve(second.id)).status, 'canceled');
});

test('a payment method is attached and detached', async () => {
  await fresh();
  const method = await payable();
  assert.equal((await paymentMethods.attach(method.id, { customer: 'cus_SandboxJenny' })).customer, 'cus_SandboxJenny');
  assert.equal((await paymentMethods.detach(method.id)).customer, null);
  assert.equal((await paymentMethods.retrieve(method.id)).customer, null);
});

test('a bank that declines is a card error that carries the setup intent', async () => {
  await fresh();
  const method = await payable();
  const form = {
    customer: 'cus_SandboxJenny',
    payment_method: method.id,
    confirm: true,
    mandate_data: ACCEPTANCE,
  };
  await control('POST', '/_sandbox/settings', { decline_setup_intents: true });
  const declined = await setupIntents.create(form).catch((error) => error);
  assert.equal(declined.type, 'StripeCardError');
  assert.equal(declined.code, 'setup_intent_authentication_failure');
  assert.equal(declined.setup_intent.status, 'requires_payment_method');
  await control('POST', '/_sandbox/settings', { decline_setup_intents: false, setup_intent_requires_action: true });
  assert.equal((await setupIntents.create(form)).status, 'requires_action');
});

test('a customer is found by email and by search, and deleted', async () => {
  await fresh();
  const address = { city: 'Springfield', country: 'US' };
  const { id } = await customers.create({
    email: 'ada@example.com',
    address,
    shipping: { name: 'Ada', address: { line1: '1 Main St' } },
    preferred_locales: ['es'],
    tax_exempt: 'exempt',
  });
  const method = await payable();
  await paymentMethods.attach(method.id, { customer: id });
  assert.deepEqual((await customers.list({ email: 'ada@example.com' })).data.map((one) => one.id), [id]);
  const found = await customers.search({ query: 'email~"ada@"', limit: 5 });
  assert.deepEqual(found.data.map((one) => one.address.city), ['Springfield']);
  assert.deepEqual((await customers.listPaymentMethods(id)).data.map((one) => one.id), [method.id]);
  assert.equal((await customers.retrievePaymentMethod(id, method.id)).id, method.id);
  assert.equal((await customers.del(id)).deleted, true);
  assert.equal((await customers.retrieve(id)).deleted, true);
});

test('a payment is processed, and succeeds or comes back', async () => {
  await fresh();
  const method = await payable();
  const params = { amount: 2500, currency: 'usd', customer: 'cus_SandboxJenny', payment_method: method.id };
  const { id, status } = await paymentIntents.create({ ...params, confirm: true, mandate_data: ACCEPTANCE });
  assert.equal(status, 'processing');
  await control('POST', '/_sandbox/clock', { advance: '4d' });
  assert.equal((await paymentIntents.retrieve(id)).status, 'succeeded');
  await control('POST', '/_sandbox/settings', { payment_return: 'R01' });
  const second = await paymentIntents.create(params);
  await paymentIntents.update(second.id, { amount: 3000 });
  await paymentIntents.confirm(second.id);
  await control('POST', '/_sandbox/clock', { advance: '4d' });
  const returned = await paymentIntents.retrieve(second.id);
  assert.equal(returned.status, 'requires_payment_method');
  assert.equal(returned.last_payment_error.code, 'insufficient_funds');
  assert.equal((await paymentIntents.cancel(second.id, { cancellation_reason: 'abandoned' })).status, 'canceled');
  assert.equal((await paymentIntents.list({ customer: 'cus_SandboxJenny' })).data.length, 2);
});

test('a setup intent is changed, listed, and verified by small deposits', async () => {
  await fresh();
  await control('POST', '/_sandbox/settings', { setup_intent_requires_action: true });
  const method = await payable();
  const financial_connections = { permissions: ['payment_method', 'balances'] };
  const payment_method_options = { us_bank_account: { financial_connections, verification_method: 'automatic' } };
  const { id } = await setupIntents.create({ customer: 'cus_SandboxJenny', payment_method_options });
  const changed = await setupIntents.update(id, { payment_method: method.id });
  assert.deepEqual(changed.payment_method_options.us_bank_account.financial_connections.permissions, [
    'payment_method',
    'balances',
  ]);
  assert.equal((await setupIntents.confirm(id, { mandate_data: ACCEPTANCE })).status, 'requires_action');
  assert.equal((await setupIntents.verifyMicrodeposits(id, { amounts: [32, 45] })).status, 'succeeded');
  assert.deepEqual((await setupIntents.list({ payment_method: method.id })).data.map((one) => one.id), [id]);
});

test('a typed test account is verified by small deposits and does what its number says', async () => {
  await fresh();
  const pay = async (account_number) => {
    const payment_method_data = {
      type: 'us_bank_account',
      us_bank_account: { account_number, routing_number: '110000000', account_holder_type: 'individual' },
      billing_details: { name: 'Jenny Rosen' },
    };
    const params = { amount: 2500, currency: 'usd', payment_method_data, confirm: true, mandate_data: ACCEPTANCE };
    const { id, next_action } = await paymentIntents.create(params);
    assert.equal(next_action.type, 'verify_with_microdeposits');
    await paymentIntents.verifyMicrodeposits(id, { amounts: [32, 45] });
    await control('POST', '/_sandbox/clock', { advance: '4d' });
    const { status, last_payment_error } = await paymentIntents.retrieve(id);
    return [status, last_payment_error?.code];
  };
  assert.deepEqual(await pay('000123456789'), ['succeeded', undefined]);
  assert.deepEqual(await pay('000222222227'), ['requires_payment_method', 'insufficient_funds']);
  assert.deepEqual(await pay('000444444440'), ['requires_payment_method', 'invalid_currency']);
  assert.deepEqual(await pay('000000000009'), ['processing', undefined]);
  const { data } = await stripe.events.list({ type: 'payment_intent.requires_action' });
  assert.equal(data.length, 4);
});

test('a connected account has objects of its own', async () => {
  await fresh();
  await control('POST', '/_sandbox/connected_accounts', { id: 'acct_Ada' });
  const { id } = await customers.create({ name: 'Theirs' }, { stripeAccount: 'acct_Ada' });
  await assert.rejects(customers.retrieve(id), { statusCode: 404 });
  const other = customers.list({}, { stripeAccount: 'acct_Nobody' });
  await assert.rejects(other, { type: 'StripePermissionError', code: 'account_invalid', statusCode: 403 });
  const { data } = await stripe.events.list({}, { stripeAccount: 'acct_Ada' });
  assert.deepEqual(data.map(({ type, account }) => [type, account]), [['customer.created', 'acct_Ada']]);
});

// Errors are raised as the right classes, with the code and parameter of Stripe's error object.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROKEN, RELINK, client, control, fresh, stripe } from '../support/sandbox.js';

const { accounts, sessions, transactions } = stripe.financialConnections;

/** Returns the error that the call raises. */
async function raised(call) {
  const error = await call.then(
    () => assert.fail('it was answered'),
    (error) => error,
  );
  assert.ok(error instanceof stripe.errors?.StripeError || error.type?.startsWith('Stripe'), String(error));
  return error;
}

function assertIs(error, type, statusCode, code, param) {
  const found = [error.type, error.statusCode, error.code, error.param];
  assert.deepEqual(found, [type, statusCode, code, param]);
}

const refused = (error, code, param) => assertIs(error, 'StripeInvalidRequestError', 400, code, param);

test('a parameter that is missing, unknown, empty or one too many is named', async () => {
  await fresh();
  const { permissions, ...withoutPermissions } = RELINK;
  refused(await raised(sessions.create(withoutPermissions)), 'parameter_missing', 'permissions');
  refused(await raised(sessions.create({ ...RELINK, permission: 'x' })), 'parameter_unknown', 'permission');
  const misspelt = { ...RELINK, relink_options: { ...BROKEN, acount: 'fca_1' } };
  refused(await raised(sessions.create(misspelt)), 'parameter_unknown', 'relink_options[acount]');
  refused(await raised(accounts.list({ session: '' })), 'parameter_invalid_empty', 'session');
  const both = { starting_after: BROKEN.account, ending_before: BROKEN.account };
  const list = accounts.list({ account_holder: { customer: 'cus_SandboxJenny' }, ...both });
  refused(await raised(list), 'parameters_exclusive', 'starting_after');
  refused(await raised(transactions.list({})), 'parameter_missing', 'account');
});

test('options of a relink that can not be kept are refused', async () => {
  await fresh();
  const create = (relink_options) => raised(sessions.create({ ...RELINK, relink_options }));
  const { account, authorization } = BROKEN;
  refused(await create({ account }), 'parameter_missing', 'relink_options[authorization]');
  refused(await create({ authorization: 'fcauth_nobody' }), 'resource_missing', 'relink_options[authorization]');
  refused(await create({ authorization, account: 'fca_nobody' }), 'resource_missing', 'relink_options[account]');
  const elsewhere = { authorization, account: 'fca_CopperfieldSavings4421' };
  refused(await create(elsewhere), undefined, 'relink_options[account]');
});

test('what is not there is missing', async () => {
  await fresh();
  const error = await raised(accounts.retrieve('fca_nobody'));
  assertIs(error, 'StripeInvalidRequestError', 404, 'resource_missing', 'id');
  assert.match(error.message, /No such .*fca_nobody/);
  assert.match(error.requestId, /^req_/);
  assert.equal(error.requestId, error.headers['request-id']);
});

test('an answer tells its request, too', async () => {
  await fresh();
  const { lastResponse } = await accounts.retrieve(BROKEN.account);
  assert.match(lastResponse.requestId, /^req_/);
  assert.equal(lastResponse.apiVersion, stripe.getApiField('version'));
});

test('a wrong, an expired and a publishable key are authentication errors', async () => {
  await fresh();
  const read = (key) => raised(client({}, key).financialConnections.accounts.retrieve(BROKEN.account));
  assertIs(await read('sk_test_wrong'), 'StripeAuthenticationError', 401, undefined, undefined);
  assertIs(await read('sk_test_sandbox_expired'), 'StripeAuthenticationError', 401, 'api_key_expired', undefined);
  assertIs(await read('pk_test_sandbox'), 'StripePermissionError', 403, 'secret_key_required', undefined);
});

test('a restricted key that may only read is a permission error when it writes', async () => {
  await fresh();
  const restricted = client({}, 'rk_test_sandbox_read').financialConnections;
  assert.equal((await restricted.accounts.retrieve(BROKEN.account)).id, BROKEN.account);
  assertIs(await raised(restricted.sessions.create(RELINK)), 'StripePermissionError', 403, undefined, undefined);
});

test('too many calls are a rate limit error that says of what', async () => {
  await fresh();
  await control('POST', '/_sandbox/settings', { rate_limit: 0 });
  const error = await raised(accounts.retrieve(BROKEN.account));
  assert.deepEqual([error.type, error.statusCode], ['StripeRateLimitError', 429]);
  assert.equal(error.headers['stripe-rate-limited-reason'], 'global-rate');
});

test('an outage is an API error', async () => {
  await fresh();
  for (const status of [500, 503]) {
    await control('POST', '/_sandbox/faults', { route: 'GET /v1/financial_connections/accounts/{id}', status });
    const error = await raised(accounts.retrieve(BROKEN.account));
    assert.deepEqual([error.type, error.statusCode], ['StripeAPIError', status]);
  }
});

test('no answer, half an answer and no JSON are errors, never objects', async () => {
  await fresh();
  const route = 'GET /v1/financial_connections/accounts/{id}';
  const read = (options) => raised(accounts.retrieve(BROKEN.account, {}, options));
  await control('POST', '/_sandbox/faults', { route, kind: 'silent' });
  assert.equal((await read({ timeout: 500 })).type, 'StripeConnectionError');
  // The call may have been aborted before it reached the sandbox, so the fault may still be there.
  await control('DELETE', '/_sandbox/faults');
  await control('POST', '/_sandbox/faults', { route, kind: 'garbage' });
  assert.equal((await read()).type, 'StripeAPIError');
});

test('an account that is inactive gives no payment method', async () => {
  await fresh();
  const create = stripe.paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: { financial_connections_account: BROKEN.account },
    billing_details: { name: 'Jenny Rosen' },
  });
  const param = 'us_bank_account[financial_connections_account]';
  refused(await raised(create), 'financial_connections_account_inactive', param);
});

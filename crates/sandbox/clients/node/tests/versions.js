// Responses have the shape of the version that the library sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BROKEN, RELINK, client, control, fresh, stripe } from '../support/sandbox.js';

const on = (apiVersion) => client({ apiVersion }).financialConnections;
const ga = on('2026-10-28.endive');
const newest = on('2026-09-30.preview');
const first = on('2026-01-28.preview');

test('a GA version has no relink', async () => {
  await fresh();
  const account = await ga.accounts.retrieve(BROKEN.account);
  assert.equal(account.status, 'inactive');
  for (const field of ['authorization', 'institution', 'inferred_balances_refresh']) {
    assert.ok(!(field in account), field);
  }
  assert.ok(!('inactive' in (account.status_details ?? {})));
  const { relink_options, ...params } = RELINK;
  const session = await ga.sessions.create(params);
  for (const field of ['relink_options', 'relink_result', 'status', 'status_details', 'ui_mode', 'url', 'hosted']) {
    assert.ok(!(field in session), field);
  }
  const code = 'parameter_unknown';
  await assert.rejects(ga.sessions.create(RELINK), { code, param: /^relink_options/ });
  await assert.rejects(ga.sessions.create({ ...params, ui_mode: 'modal' }), { code, param: 'ui_mode' });
  const { account_holder, ...nobody } = params;
  await assert.rejects(ga.sessions.create(nobody), { code: 'parameter_missing', param: 'account_holder' });
  await assert.rejects(ga.authorizations.retrieve(BROKEN.authorization), { statusCode: 404 });
  await assert.rejects(ga.institutions.list(), { statusCode: 404 });
});

test('a session is for countries before 2026-09-30 and for one country since', async () => {
  await fresh();
  const own = stripe.financialConnections;
  const old = await own.sessions.create({ ...RELINK, filters: { countries: ['US'] } });
  assert.deepEqual(old.filters, { account_subcategories: null, countries: ['US'], country: 'US' });
  const now = await newest.sessions.create({ ...RELINK, filters: { country: 'US' } });
  assert.deepEqual(now.filters, { account_subcategories: null, country: 'US' });
  const code = 'parameter_unknown';
  const refusal = { code, param: /^filters\[countries\]/ };
  await assert.rejects(newest.sessions.create({ ...RELINK, filters: { countries: ['US'] } }), refusal);
  const country = own.sessions.create({ ...RELINK, filters: { country: 'US' } });
  await assert.rejects(country, { code, param: 'filters[country]' });
});

test('an expired number is expired since 2026-09-30 and deactivated before', async () => {
  await fresh();
  const status = async (api) => (await api.accounts.retrieve('fca_PinecrestNumberExpired8820')).account_numbers[0].status;
  assert.equal(await status(newest), 'expired');
  assert.equal(await status(stripe.financialConnections), 'deactivated');
});

test('what is to come of an active account is told since 2026-06-24', async () => {
  await fresh();
  const details = async (api) => (await api.accounts.retrieve('fca_HarborExpiring2750')).status_details;
  assert.equal((await details(newest)).active.action, 'relink_required');
  assert.equal((await details(first)).active, undefined);
  const cause = async (api) => (await api.accounts.retrieve('fca_SummitRequirement6034')).status_details.inactive.cause;
  assert.equal(await cause(newest), 'institution_requirement');
  assert.equal(await cause(first), 'unspecified');
});

test('setup intents take allowed_payment_method_types since 2026-08-26', async () => {
  await fresh();
  const types = ['us_bank_account'];
  const customer = 'cus_SandboxJenny';
  const before = client({ apiVersion: '2026-07-29.preview' }).setupIntents;
  assert.deepEqual((await before.create({ customer, payment_method_types: types })).payment_method_types, types);
  const now = stripe.setupIntents;
  assert.equal((await now.create({ customer, allowed_payment_method_types: types })).status, 'requires_payment_method');
  const late = now.create({ customer, payment_method_types: types });
  await assert.rejects(late, { code: 'parameter_unknown', param: /^payment_method_types/ });
});

test('an answer in the GA shape to a call on a preview lacks what GA lacks', async () => {
  await fresh();
  const route = 'GET /v1/financial_connections/accounts/{id}';
  await control('POST', '/_sandbox/faults', { route, kind: 'ga_shape' });
  const own = stripe.financialConnections.accounts;
  assert.equal((await own.retrieve(BROKEN.account)).authorization, undefined);
  assert.equal((await own.retrieve(BROKEN.account)).authorization, BROKEN.authorization);
});

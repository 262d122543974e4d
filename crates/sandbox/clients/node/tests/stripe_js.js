// The sandbox's Stripe.js in a minimal fake page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';

import { address } from '../support/sandbox.js';

const SECRET = 'fcsess_client_secret_of_this_test';
const script = new URL('/stripe.js', address);
const source = await (await fetch(script)).text();

/** Creates a page that has loaded the script; `windows` are the open bank windows, each with its port. */
function page() {
  const windows = [];
  const timers = [];
  const warnings = [];
  const element = (tag) => {
    const listeners = {};
    const made = { tag, style: {}, attributes: {}, listeners, isConnected: true };
    made.setAttribute = (name, value) => { made.attributes[name] = value; };
    made.addEventListener = (name, act) => { listeners[name] = act; };
    made.children = [];
    made.append = (...children) => {
      made.children.push(...children);
    };
    made.click = () => listeners.click();
    for (const name of ['showModal', 'close', 'focus']) made[name] = () => {};
    made.remove = () => windows.splice(windows.findIndex(({ dialog }) => dialog === made), 1);
    return made;
  };
  const open = (dialog) => {
    const frame = dialog.children.find(({ tag }) => tag === 'iframe');
    const shown = { dialog, frame };
    frame.contentWindow = {
      postMessage: (message, origin, [port]) => Object.assign(shown, { message, origin, port }),
    };
    windows.push(shown);
  };
  const requests = [];
  const answers = [];
  const fetch = async (url, options) => {
    requests.push({ url: url.replace(address.origin, ''), ...options, body: options.body?.toString() });
    const { httpStatus = 200, ...body } = answers.shift() ?? {};
    return { ok: httpStatus === 200, json: async () => body };
  };
  const document = {
    currentScript: { src: script.href }, createElement: element, activeElement: element('button'),
    body: { append: open },
  };
  const window = {};
  const context = vm.createContext({
    document, window, fetch, URL, URLSearchParams, MessageChannel,
    console: { warn: (text) => warnings.push(text) },
    setTimeout: (act) => timers.push(act), clearTimeout: () => {}, matchMedia: () => ({ matches: true }),
  });
  const load = () => vm.runInContext(source, context);
  load();
  return { window, windows, timers, warnings, requests, answers, load };
}

/** Fires the load event of the newest window's frame; returns the window with its port. */
function answer({ windows }) {
  const shown = windows.at(-1);
  shown.frame.listeners.load();
  return shown;
}

const mistake = (act) => assert.throws(act, { name: 'IntegrationError' });

test('a mistake in the code of the page throws an IntegrationError', () => {
  const { window: { Stripe }, windows, warnings } = page();
  for (const key of [undefined, '', 7, 'sk_test_sandbox', 'rk_live_x', 'hello']) mistake(() => Stripe(key));
  for (const options of [null, 'de', [], { locale: 7 }, { betas: 'x' }]) mistake(() => Stripe('pk_test_sandbox', options));
  const stripe = Stripe('pk_test_sandbox', { locale: 'de', apiVersion: '2026-09-30.preview', later: 1 });
  assert.equal(warnings.length, 1);
  for (const method of ['collectFinancialConnectionsAccounts', 'collectBankAccountToken']) {
    for (const given of [undefined, null, 'x', {}, { clientSecret: '' }, { clientSecret: 7 }, { clientSecret: 'x', secret: 'x' }]) {
      mistake(() => stripe[method](given));
    }
  }
  assert.equal(windows.length, 0);
});

test('the client secret goes to the window of the sandbox by message, and nowhere else', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox', { locale: 'es-MX' });
  const collected = stripe.collectFinancialConnectionsAccounts({ clientSecret: SECRET });
  const { dialog, frame, message, origin, port } = answer(shop);
  assert.equal(origin, address.origin);
  assert.deepEqual({ ...message }, {
    kind: 'sandbox-bank', publishableKey: 'pk_test_sandbox', clientSecret: SECRET, locale: 'es-MX', token: false,
  });
  assert.ok(!JSON.stringify([dialog.attributes, dialog.style, frame.attributes, frame.style, frame.src]).includes(SECRET));
  assert.equal(frame.src, `${address.origin}/bank`);
  port.postMessage({ kind: 'opened' });
  port.postMessage({ kind: 'ended', session: { id: 'fcsess_1', accounts: [] } });
  const { financialConnectionsSession, error } = await collected;
  assert.deepEqual([financialConnectionsSession.id, error, shop.windows.length], ['fcsess_1', undefined, 0]);
});

test('a token comes beside the session, or is null', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox');
  for (const token of [{ id: 'btok_1' }, undefined]) {
    const collected = stripe.collectBankAccountToken({ clientSecret: SECRET });
    const { message, port } = answer(shop);
    assert.equal(message.token, true);
    port.postMessage({ kind: 'ended', session: { id: 'fcsess_1', bank_account_token: token } });
    const result = await collected;
    assert.deepEqual(result.token, token ?? null);
    assert.ok(!('bank_account_token' in result.financialConnectionsSession));
  }
});

test('what the window refuses resolves with the error', async () => {
  const shop = page();
  const collected = shop.window.Stripe('pk_test_sandbox').collectFinancialConnectionsAccounts({ clientSecret: SECRET });
  const refusal = { type: 'invalid_request_error', code: 'resource_missing', param: 'client_secret', message: 'No.' };
  answer(shop).port.postMessage({ kind: 'refused', error: refusal });
  const { error, ...rest } = await collected;
  assert.deepEqual([error, rest], [refusal, {}]);
});

test('a window that does not load resolves with an error', async () => {
  const shop = page();
  const collected = shop.window.Stripe('pk_test_sandbox').collectFinancialConnectionsAccounts({ clientSecret: SECRET });
  shop.timers[0]();
  const { error } = await collected;
  assert.deepEqual([error.type, shop.windows.length], ['api_connection_error', 0]);
});

test('one window at a time, whichever instance asks', async () => {
  const shop = page();
  const [one, other] = [shop.window.Stripe('pk_test_sandbox'), shop.window.Stripe('pk_test_sandbox')];
  const first = one.collectFinancialConnectionsAccounts({ clientSecret: SECRET });
  assert.equal(other.collectFinancialConnectionsAccounts({ clientSecret: SECRET }), first);
  const { error } = await other.collectFinancialConnectionsAccounts({ clientSecret: 'fcsess_client_secret_another' });
  assert.equal(error.type, 'invalid_request_error');
  assert.equal((await one.collectBankAccountToken({ clientSecret: SECRET })).error.type, 'invalid_request_error');
  assert.equal(shop.windows.length, 1);
  answer(shop).port.postMessage({ kind: 'ended', session: { id: 'fcsess_1' } });
  await first;
  const again = other.collectFinancialConnectionsAccounts({ clientSecret: SECRET });
  assert.notEqual(again, first);
  answer(shop).port.postMessage({ kind: 'ended', session: { id: 'fcsess_1' } });
  await again;
});

test('a page that loads the script twice keeps the first', () => {
  const shop = page();
  const first = shop.window.Stripe;
  shop.load();
  assert.equal(shop.window.Stripe, first);
});

const SETUP = 'seti_1_secret_2';
const PAYMENT = 'pi_1_secret_2';
/** Copies a result, because objects of the page's realm have other prototypes. */
const plain = (value) => JSON.parse(JSON.stringify(value));
const BANK = { payment_method_type: 'us_bank_account', payment_method_data: { billing_details: { name: 'Ada' } } };

test('the window of an intent gets its client secret and gives the intent back', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox');
  for (const [method, clientSecret, name] of [
    ['collectBankAccountForSetup', SETUP, 'setupIntent'],
    ['collectBankAccountForPayment', PAYMENT, 'paymentIntent'],
  ]) {
    for (const expand of [undefined, ['payment_method']]) {
      const collected = stripe[method]({ clientSecret, params: BANK, expand });
      const { message, port } = answer(shop);
      const { client_secret: given, billing_details: billing } = message.intent;
      assert.deepEqual([given, billing.name], [clientSecret, 'Ada']);
      const intent = { id: 'x_1', payment_method: 'pm_1' };
      port.postMessage({ kind: 'ended', session: { id: 'fcsess_1', intent, payment_method: { id: 'pm_1' } } });
      const { [name]: shown } = await collected;
      assert.deepEqual(plain(shown.payment_method), expand ? { id: 'pm_1' } : 'pm_1');
    }
  }
  mistake(() => stripe.collectBankAccountForSetup({ clientSecret: PAYMENT, params: BANK }));
  mistake(() => stripe.collectBankAccountForSetup({ clientSecret: SETUP }));
  mistake(() => stripe.collectBankAccountForSetup({ clientSecret: SETUP, params: { ...BANK, payment_method_data: {} } }));
});

test('intents are confirmed, verified and read with the publishable key', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox', { stripeAccount: 'acct_Ada', apiVersion: '2026-09-30.preview' });
  shop.answers.push({ id: 'seti_1' }, { id: 'pi_1' }, { httpStatus: 400, error: { type: 'invalid_request_error' } }, {}, {});
  assert.deepEqual(plain(await stripe.confirmUsBankAccountSetup(SETUP)), { setupIntent: { id: 'seti_1' } });
  const payment_method = { us_bank_account: { account_number: '000123456789' }, billing_details: { name: 'Ada' } };
  const paid = await stripe.confirmUsBankAccountPayment(PAYMENT, { payment_method });
  assert.deepEqual(plain(paid), { paymentIntent: { id: 'pi_1' } });
  const { error } = await stripe.verifyMicrodepositsForSetup(SETUP, { amounts: [32, 45] });
  assert.equal(error.type, 'invalid_request_error');
  await stripe.verifyMicrodepositsForPayment(PAYMENT, { descriptor_code: 'SM11AA' });
  await stripe.retrieveSetupIntent(SETUP);
  const [confirm, described, verify, code, read] = shop.requests;
  assert.deepEqual(
    [confirm.headers.Authorization, confirm.headers['Stripe-Account'], confirm.headers['Stripe-Version'], confirm.credentials],
    ['Bearer pk_test_sandbox', 'acct_Ada', '2026-09-30.preview', 'omit'],
  );
  const fields = (request) => Object.fromEntries(new URLSearchParams(request.body));
  const accepted = 'mandate_data[customer_acceptance]';
  assert.deepEqual(fields(confirm), {
    [`${accepted}[type]`]: 'online', [`${accepted}[online][infer_from_client]`]: 'true', client_secret: SETUP,
  });
  assert.equal(fields(described)['payment_method_data[us_bank_account][account_number]'], '000123456789');
  assert.equal(fields(described)['payment_method_data[type]'], 'us_bank_account');
  assert.deepEqual(fields(verify), { 'amounts[0]': '32', 'amounts[1]': '45', client_secret: SETUP });
  assert.equal(fields(code).descriptor_code, 'SM11AA');
  assert.deepEqual([read.url, read.body], [`/v1/setup_intents/seti_1?client_secret=${SETUP}`, undefined]);
  mistake(() => stripe.confirmUsBankAccountSetup(PAYMENT));
  mistake(() => stripe.verifyMicrodepositsForPayment(''));
});

test('a page makes tokens and payment methods of bank accounts', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox');
  shop.answers.push({ id: 'btok_1' }, { id: 'pm_1' });
  assert.deepEqual(plain(await stripe.createToken('bank_account', { country: 'US' })), { token: { id: 'btok_1' } });
  const made = await stripe.createPaymentMethod({ type: 'us_bank_account', billing_details: { name: 'Ada' } });
  assert.deepEqual(plain(made), { paymentMethod: { id: 'pm_1' } });
  assert.deepEqual(shop.requests.map(({ url }) => url), ['/v1/tokens', '/v1/payment_methods']);
});

test('what the sandbox does not play throws an error that says so', () => {
  const stripe = page().window.Stripe('pk_test_sandbox');
  const elements = stripe.elements({ clientSecret: SETUP });
  for (const act of [
    () => stripe.confirmCardPayment(PAYMENT),
    () => stripe.createToken({}),
    () => stripe.createToken('pii', {}),
    () => stripe.createPaymentMethod({ type: 'card' }),
    () => stripe.paymentRequest({}),
    () => elements.create('card'),
    () => stripe.elements({ mode: 'setup', paymentMethodTypes: ['card'] }).create('payment'),
  ]) assert.throws(act, { name: 'IntegrationError', message: /The sandbox does not play .*: only bank accounts exist here\./ });
});

test('a Payment Element opens the window and is complete with a bank account', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox');
  const elements = stripe.elements({ clientSecret: SETUP });
  const payment = elements.create('payment', { defaultValues: { billingDetails: { name: 'Ada' } } });
  assert.equal(elements.getElement('payment'), payment);
  assert.equal(elements.getElement({ __elementType: 'payment' }), payment, 'by its component of React');
  mistake(() => elements.create('payment'));
  const unfinished = await stripe.confirmSetup({ elements, redirect: 'if_required' });
  assert.equal(unfinished.error.type, 'validation_error');
  const events = [];
  payment.on('ready', () => events.push('ready')).on('change', ({ complete }) => events.push(complete));
  let root;
  payment.mount({ append: (made) => { root = made; } });
  shop.timers.shift()();
  root.children.find(({ tag }) => tag === 'button').click();
  const intent = { id: 'seti_1', payment_method: 'pm_1' };
  const session = { intent, payment_method: { us_bank_account: { bank_name: 'Alder Bank', last4: '6789' } } };
  answer(shop).port.postMessage({ kind: 'ended', session });
  await until(() => events.length === 2);
  assert.deepEqual(events, ['ready', true]);
  assert.equal(root.children.find(({ tag }) => tag === 'p').textContent, 'Alder Bank ••6789');
  shop.answers.push({ id: 'seti_1', status: 'succeeded' });
  assert.deepEqual(plain(await elements.submit()), { selectedPaymentMethod: 'us_bank_account' });
  const { setupIntent } = await stripe.confirmSetup({ elements, redirect: 'if_required' });
  assert.equal(setupIntent.status, 'succeeded');
  mistake(() => stripe.confirmSetup({ elements }));
});

test('a Payment Element without an intent is confirmed with the intent that the page makes later', async () => {
  const shop = page();
  const stripe = shop.window.Stripe('pk_test_sandbox');
  mistake(() => stripe.elements({}).create('payment'));
  mistake(() => stripe.elements({ mode: 'payment', currency: 'usd' }).create('payment'));
  const elements = stripe.elements({ mode: 'payment', currency: 'usd', amount: 2000, paymentMethodTypes: ['us_bank_account'] });
  const payment = elements.create('payment', { defaultValues: { billingDetails: { name: 'Ada' } } });
  mistake(() => elements.update({ amount: 'a lot' }));
  elements.update({ amount: 3000 });
  const confirm = { elements, clientSecret: PAYMENT, redirect: 'if_required' };
  mistake(() => stripe.confirmPayment(confirm));
  assert.equal((await elements.submit()).error.type, 'validation_error');
  mistake(() => stripe.confirmPayment(confirm));
  let root;
  payment.mount({ append: (made) => { root = made; } });
  const status = () => root.children.find(({ tag }) => tag === 'p').textContent;
  root.children.find(({ tag }) => tag === 'button').click();
  shop.answers.push({ id: 'pm_1', us_bank_account: { bank_name: 'Alder Bank', last4: '6789' } }, { id: 'pi_1', status: 'processing' });
  const { message, port } = answer(shop);
  assert.deepEqual([message.deferred, message.clientSecret, message.intent], [true, undefined, undefined]);
  port.postMessage({ kind: 'ended', session: { id: 'fcsess_1', accounts: [{ id: 'fca_1' }] } });
  await until(() => status() === 'Alder Bank ••6789');
  assert.deepEqual(plain(await elements.submit()), { selectedPaymentMethod: 'us_bank_account' });
  const { paymentIntent } = await stripe.confirmPayment(confirm);
  assert.equal(paymentIntent.status, 'processing');
  const [made, confirmed] = shop.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  assert.equal(made['us_bank_account[financial_connections_account]'], 'fca_1');
  assert.deepEqual([confirmed.payment_method, confirmed.client_secret], ['pm_1', PAYMENT]);
});

/** Waits until the condition holds, one turn of the event loop after the other. */
async function until(holds) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

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
    made.append = (child) => { made.child = child; };
    for (const name of ['showModal', 'close', 'focus']) made[name] = () => {};
    made.remove = () => windows.splice(windows.findIndex(({ dialog }) => dialog === made), 1);
    return made;
  };
  const open = (dialog) => {
    const frame = dialog.child;
    const shown = { dialog, frame };
    frame.contentWindow = {
      postMessage: (message, origin, [port]) => Object.assign(shown, { message, origin, port }),
    };
    windows.push(shown);
  };
  const document = {
    currentScript: { src: script.href }, createElement: element, activeElement: element('button'),
    body: { append: open },
  };
  const window = {};
  const context = vm.createContext({
    document, window, URL, MessageChannel,
    console: { warn: (text) => warnings.push(text) },
    setTimeout: (act) => timers.push(act), clearTimeout: () => {},
  });
  const load = () => vm.runInContext(source, context);
  load();
  return { window, windows, timers, warnings, load };
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

// Stripe's own packages for pages, unmodified: the loader @stripe/stripe-js, and @stripe/react-stripe-js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';

import { address } from '../support/sandbox.js';

const source = await (await fetch(new URL('/stripe.js', address))).text();

/** Runs the sandbox's script where the loader looks for it: in a page that has loaded it. */
function loaded() {
  const document = { currentScript: { src: `${address.origin}/stripe.js` } };
  globalThis.window = {};
  globalThis.document = document;
  vm.runInThisContext(source);
  return () => {
    delete globalThis.window;
    delete globalThis.document;
  };
}

test('the loader accepts the script and registers itself', async () => {
  const unload = loaded();
  const warnings = [];
  const warn = console.warn;
  console.warn = (text) => warnings.push(text);
  try {
    const { loadStripe } = await import('@stripe/stripe-js/dist/pure.mjs');
    const stripe = await loadStripe('pk_test_sandbox');
    assert.equal(typeof stripe.collectFinancialConnectionsAccounts, 'function');
    assert.deepEqual(warnings, [], 'its version is the one that the loader expects');
  } finally {
    console.warn = warn;
    unload();
  }
});

test('the React components accept the instance, and refuse one that lacks a method', async () => {
  const unload = loaded();
  const stripe = window.Stripe('pk_test_sandbox');
  unload();
  const { createElement } = await import('react');
  const { renderToString } = await import('react-dom/server');
  const { Elements } = await import('@stripe/react-stripe-js');
  const shown = (instance) => renderToString(createElement(Elements, { stripe: instance }, 'content'));
  assert.equal(shown(stripe), 'content');
  for (const name of ['elements', 'createToken', 'createPaymentMethod', 'confirmCardPayment']) {
    assert.throws(() => shown({ ...stripe, [name]: undefined }), /Invalid prop `stripe`/, name);
  }
});

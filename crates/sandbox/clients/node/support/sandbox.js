// The sandbox under test: Stripe's library pointed at it, its controls, and its bank window.
import Stripe from 'stripe';

import { harvest, record } from './recorder.js';

/** Where the sandbox is. */
export const address = new URL(process.env.SANDBOX_URL ?? 'http://127.0.0.1:4281');

/** Stripe's library as its users have it, but for the address. Retries are off where a test does not ask for them. */
export function client(settings = {}, key = 'sk_test_sandbox') {
  const { hostname: host, port } = address;
  return new Stripe(key, { host, port, protocol: 'http', maxNetworkRetries: 0, ...settings });
}

/** The library on its own version, which is a preview with relink. */
export const stripe = client();

/** A sandbox in its first state, which records. What was recorded before is kept. */
export async function fresh() {
  await harvest();
  await control('POST', '/_sandbox/reset');
  await record();
}

/** Asks the sandbox's own endpoints; what they refuse is an error of the test. */
export async function control(method, path, body) {
  const headers = { authorization: 'Bearer pk_test_sandbox' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(new URL(path, address), { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** One step of the bank window. */
function step(name, session, fields) {
  return control('POST', `/bank/${name}`, { client_secret: session.client_secret, ...fields });
}

/** The customer signs in and shares the accounts that end in these digits; reads the session afterwards. */
export async function link(session, digits, { institution, stripe: reader = stripe } = {}) {
  await step('open', session);
  const { holdings } = await step('sign_in', session, { institution });
  const chosen = holdings.filter((one) => digits.includes(one.last4)).map((one) => one.id);
  await step('choose', session, { holdings: chosen });
  await step('close', session);
  return reader.financialConnections.sessions.retrieve(session.id);
}

/** The customer closes the window at once. */
export async function cancel(session) {
  await step('open', session);
  await step('close', session);
  return stripe.financialConnections.sessions.retrieve(session.id);
}

/** The bank lets the customer down. */
export async function fail(session, reason) {
  await step('open', session);
  await step('fail', session, { reason });
  return stripe.financialConnections.sessions.retrieve(session.id);
}

/** Jenny's account at Alder Bank, which has to be relinked. */
export const BROKEN = { authorization: 'fcauth_AlderJenny', account: 'fca_AlderChecking6789' };

/** What a merchant who debits bank accounts asks for. */
export const RELINK = {
  account_holder: { type: 'customer', customer: 'cus_SandboxJenny' },
  permissions: ['payment_method', 'balances'],
  relink_options: BROKEN,
  filters: { account_subcategories: ['checking', 'savings'] },
  limits: { accounts: 1 },
};

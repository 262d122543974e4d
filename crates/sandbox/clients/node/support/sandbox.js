// The sandbox under test: Stripe's library with its address, its controls, and its bank window.
import Stripe from 'stripe';
import StripeGa from 'stripe-ga';

import { harvest, record } from './recorder.js';

/** URL of the sandbox. */
export const address = new URL(process.env.SANDBOX_URL ?? 'http://127.0.0.1:4281');

/** Creates a default client of the library with the sandbox's address. Retries are off unless a test enables them. */
export function client(settings = {}, key = 'sk_test_sandbox', Library = Stripe) {
  const { hostname: host, port } = address;
  return new Library(key, { host, port, protocol: 'http', maxNetworkRetries: 0, ...settings });
}

/** The library on its default version, which is a preview with relink. */
export const stripe = client();

/** The newest general release of the library on its default version, which has no relink. */
export const ga = client({}, 'sk_test_sandbox', StripeGa);

/** Resets the sandbox, stores the calls recorded so far, and records again. */
export async function fresh() {
  await harvest();
  await control('POST', '/_sandbox/reset');
  await record();
}

/** Calls the sandbox's own endpoints; an error response fails the test. */
export async function control(method, path, body) {
  const headers = { authorization: 'Bearer pk_test_sandbox' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(new URL(path, address), { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Makes one step of the bank window. */
function step(name, session, fields) {
  return control('POST', `/bank/${name}`, { client_secret: session.client_secret, ...fields });
}

/** Signs in as the customer, shares the accounts with these last digits, and reads the session afterwards. */
export async function link(session, digits, { institution, stripe: reader = stripe } = {}) {
  await step('open', session);
  const { holdings } = await step('sign_in', session, { institution });
  const chosen = holdings.filter((one) => digits.includes(one.last4)).map((one) => one.id);
  await step('choose', session, { holdings: chosen });
  await step('close', session);
  return reader.financialConnections.sessions.retrieve(session.id);
}

/** Opens and closes the window as the customer, and reads the session afterwards. */
export async function cancel(session) {
  await step('open', session);
  await step('close', session);
  return stripe.financialConnections.sessions.retrieve(session.id);
}

/** Makes the bank fail, and reads the session afterwards. */
export async function fail(session, reason) {
  await step('open', session);
  await step('fail', session, { reason });
  return stripe.financialConnections.sessions.retrieve(session.id);
}

/** Jenny's account at Alder Bank, which requires a relink. */
export const BROKEN = { authorization: 'fcauth_AlderJenny', account: 'fca_AlderChecking6789' };

/** Parameters of a merchant who debits bank accounts. */
export const RELINK = {
  account_holder: { type: 'customer', customer: 'cus_SandboxJenny' },
  permissions: ['payment_method', 'balances'],
  relink_options: BROKEN,
  filters: { account_subcategories: ['checking', 'savings'] },
  limits: { accounts: 1 },
};

// Calls the sandbox's endpoints; independent of screens.

import { text } from './translations.js';

// Timeout for a sandbox with a fault that never responds.
const MILLISECONDS_TO_ANSWER = 10000;

// Makes one call; throws an error in Stripe's shape.
export async function call(path, { publishableKey, account }, body) {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${publishableKey}` };
  if (account) headers['Stripe-Account'] = account;
  let answer;
  try {
    answer = await fetch(`/bank/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      // Without credentials, a 401 does not open the browser's dialog for user name and password.
      credentials: 'omit',
      signal: AbortSignal.timeout(MILLISECONDS_TO_ANSWER),
    });
  } catch {
    throw { type: 'api_connection_error', message: text('no_answer') };
  }
  const read = await answer.json().catch(() => null);
  if (answer.ok && read !== null) return read;
  throw read?.error ?? { type: 'api_error', message: text('wrong') };
}

const FIELDS = ['type', 'code', 'message', 'param', 'doc_url', 'request_log_url'];

// Reduces an error to cloneable fields in Stripe's shape, which Stripe.js can pass on.
export function plain(error) {
  const whole = { ...error, type: error.type ?? 'api_error', message: error.message ?? text('wrong') };
  return Object.fromEntries(FIELDS.filter((name) => whole[name]).map((name) => [name, whole[name]]));
}

// Calls the sandbox. Knows nothing of screens.

import { text } from './texts.js';

// A sandbox that was told never to answer must not leave the customer waiting for ever.
const MILLISECONDS_TO_ANSWER = 10000;

// One call; what it throws has Stripe's shape of an error.
export async function call(path, publishableKey, body) {
  let answer;
  try {
    answer = await fetch(`/bank/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${publishableKey}` },
      body: JSON.stringify(body),
      // A refused key must not make the browser ask for a user name and a password.
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

// What Stripe.js may hand on: data that a message can carry, in Stripe's shape.
export function plain(error) {
  const whole = { ...error, type: error.type ?? 'api_error', message: error.message ?? text('wrong') };
  return Object.fromEntries(FIELDS.filter((name) => whole[name]).map((name) => [name, whole[name]]));
}

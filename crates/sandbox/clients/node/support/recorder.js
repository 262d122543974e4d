// What the sandbox recorded of every call: kept here, as a reset of the sandbox forgets it.
import { control } from './sandbox.js';

const MOST = 10_000;

/** Calls in the order in which they came, each with `sender`. */
export const calls = [];

/** From now on every call is recorded. */
export function record() {
  return control('POST', '/_sandbox/requests', { keep: MOST });
}

/** Keeps what was recorded, as sent by `sender`. */
export async function harvest(sender = 'library') {
  const { requests } = await control('GET', '/_sandbox/requests');
  if (requests.length === MOST) throw new Error('more calls than the sandbox records');
  await control('DELETE', '/_sandbox/requests');
  calls.push(...requests.map((call) => ({ sender, ...call })));
}

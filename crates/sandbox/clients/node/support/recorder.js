// Recorded calls, stored here because a reset of the sandbox deletes them.
import { control } from './sandbox.js';

const MOST = 10_000;

/** Calls in the order in which they were made, each with `sender`. */
export const calls = [];

/** Starts to record every call. */
export function record() {
  return control('POST', '/_sandbox/requests', { keep: MOST });
}

/** Stores the recorded calls as made by `sender`. */
export async function harvest(sender = 'library') {
  const { requests } = await control('GET', '/_sandbox/requests');
  if (requests.length === MOST) throw new Error('more calls than the sandbox records');
  await control('DELETE', '/_sandbox/requests');
  calls.push(...requests.map((call) => ({ sender, ...call })));
}

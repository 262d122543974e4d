// @ts-check
// Asks the merchant for the customer's token.

/** So long the merchant may take, in milliseconds. */
const PATIENCE = 20000;

/**
 * A text; something else where nobody is signed in. Rejects where nobody answers.
 * @param {Promise<() => unknown> | undefined} asking What a page with a script of its own gives, sooner or later.
 * @param {string | null} url What a page without one names.
 * @returns {Promise<unknown>}
 */
export async function token(asking, url) {
  if (url) {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    return response.ok ? (await response.json().catch(() => {}))?.token : undefined;
  }
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  return Promise.race([asking?.then((ask) => ask()).catch(() => {}), late]);
}

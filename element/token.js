// @ts-check
// Asks the merchant for the customer's token.

/** So long the merchant may take, in milliseconds. */
const PATIENCE = 20000;

/**
 * A text; something else where nobody is signed in. Rejects where nobody answers.
 * @param {Promise<() => unknown>} asking What a page with a script of its own gives, sooner or later.
 * @param {string | null} url What a page without one names.
 * @returns {Promise<unknown>}
 */
export const token = (asking, url) =>
  Promise.race([
    url
      ? fetch(url).then((response) => response.ok && response.json().catch(() => {})).then((answer) => answer?.token)
      : asking.then((ask) => ask()).catch(() => {}),
    new Promise((_, reject) => setTimeout(reject, PATIENCE, Error("no token from getToken or token-url"))),
  ]);

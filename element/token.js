// @ts-check
// Requests the customer's token from the merchant.

/** Time limit in milliseconds. */
const PATIENCE = 20000;

/**
 * Returns the token, or anything but a string if the customer is signed out. Rejects if the merchant does not respond.
 * @param {Promise<() => unknown>} asking Resolves to the page's `getToken`, once it is set.
 * @param {string | null} url URL in `token-url`, for pages without a script.
 * @returns {Promise<unknown>}
 */
export const token = (asking, url) =>
  Promise.race([
    url
      ? fetch(url).then((response) => response.ok && response.json().catch(() => {})).then((answer) => answer?.token)
      : asking.then((ask) => ask()).catch(() => {}),
    new Promise((_, reject) => setTimeout(reject, PATIENCE, Error("no token from getToken or token-url"))),
  ]);

// @ts-check
// Requests the customer's token from the merchant.

import { PATIENCE } from "./customer.js";

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export const inTime = (promise) =>
  Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(reject, PATIENCE, Error("no token from getToken or token-url"))),
  ]);

/**
 * Returns the response's token: nothing if the customer is signed out. A page, as after a redirect to a sign-in, counts as
 * that, too. Rejects if the address does not work, which may pass.
 * @param {string} url URL in `token-url`.
 * @returns {Promise<unknown>}
 */
export async function fetchToken(url) {
  // Never one from the browser's cache, which may have expired.
  const response = await fetch(url, { cache: "no-store" });
  if (response.ok) return (await response.json().catch(() => {}))?.token;
  if (![401, 403].includes(response.status)) throw Error(`token-url: ${response.status}`);
}

// @ts-check
// Gets the customer's token from a merchant at another origin: redirects there, and reads the token from the fragment
// of the URL that the merchant redirects back to.

/** Key in sessionStorage of the expected response, while the browser is at the merchant. */
const EXPECTED = "relink-sign-in";

/**
 * Lets `element` get tokens from the merchant. Redirects at once, unless the merchant has just redirected back.
 * @param {any} element
 * @param {string} merchant
 */
export function signInThrough(element, merchant) {
  /** @type {{ state: string, search: string } | null} */
  const expected = JSON.parse(sessionStorage.getItem(EXPECTED) ?? "null");
  sessionStorage.removeItem(EXPECTED);
  const given = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + (expected?.search ?? location.search));
  // Prevents login CSRF: a redirect by another site must not sign the customer in as someone else.
  element.token = expected && expected.state === given.get("state") ? given.get("token") : null;
  let isLeaving = false;

  const leave = () => {
    isLeaving = true;
    const state = crypto.randomUUID();
    sessionStorage.setItem(EXPECTED, JSON.stringify({ state, search: location.search }));
    const address = new URL(merchant);
    address.searchParams.set("state", state);
    location.replace(address);
  };

  element.getToken = () => {
    // Redirects only on a user gesture, because leaving the page would lose an open bank window.
    if (navigator.userActivation.isActive) leave();
    return isLeaving ? new Promise(() => {}) : null;
  };
  // Only once: a merchant that redirects back without a token would cause an endless loop.
  if (!expected) leave();
}

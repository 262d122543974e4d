// @ts-check
// Gets the customer's token from a merchant of another origin: leads the browser there, and takes the token out of the
// fragment of the address that the merchant leads it back to.

/** Key of sessionStorage while the browser is at the merchant's: what is expected back. */
const EXPECTED = "relink-sign-in";

/**
 * Makes `element` ask the merchant. Leads there at once unless this page is what the merchant has led back to.
 * @param {any} element
 * @param {string} merchant
 */
export function signInThrough(element, merchant) {
  /** @type {{ state: string, search: string } | null} */
  const expected = JSON.parse(sessionStorage.getItem(EXPECTED) ?? "null");
  sessionStorage.removeItem(EXPECTED);
  const given = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + (expected?.search ?? location.search));
  // Whoever else has led here must not sign the reader in: it would be as somebody else.
  let token = expected && expected.state === given.get("state") ? given.get("token") : null;
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
    if (token) return token;
    // Only a press leads away: a bank window that is open would lose this page.
    if (navigator.userActivation.isActive) leave();
    return isLeaving ? new Promise(() => {}) : null;
  };
  element.addEventListener("relink-error", (/** @type {CustomEvent} */ { detail }) => {
    if (detail.code === "signed_out") token = null;
  });
  // Once only: a merchant that leads back without a token must not be asked without end.
  if (!expected) leave();
}

/** Origin of relink-server, which the shop's server writes into the page. */
export const server = () => document.querySelector("meta[name=relink-server]").content;

/** Requests the token from the shop's back end; `null` if the customer is signed out. */
export async function getToken() {
  const answer = await fetch("/account/bank-token");
  return answer.ok ? (await answer.json()).token : null;
}

// Exchanges the link's secret, which is behind the `#`, for a cookie, and shows the link's account. The secret is
// removed from the address before anything else is loaded.

const HERE = "relink-link";
/** Returns the address of one of the server's files, which this script lies beside. */
const beside = (path) => new URL(path, import.meta.url).href;
const main = document.querySelector("main");
let token = "";
let tries = 0;

/** Shows one section of the page and moves the focus to its heading. */
function show(name) {
  for (const section of main.querySelectorAll(":scope > section")) section.hidden = section.id !== name;
  document.querySelector(`#${name} [tabindex]`)?.focus();
}

/**
 * Returns the link's secret, and removes it from the address. Mail programs and people who copy a link add to it: a full
 * stop, a bracket, parameters.
 */
function taken() {
  const given = location.hash;
  if (given) history.replaceState(null, "", location.pathname + location.search);
  return given.match(/[\w-]{43}/)?.[0] ?? given.slice(1);
}

/** Returns an authorization header with the signed-in customer's token, if the merchant's back end provides one. */
async function signedIn() {
  if (!main.dataset.tokenUrl) return {};
  try {
    const answer = await fetch(main.dataset.tokenUrl, { signal: AbortSignal.timeout(10000) });
    const { token } = answer.ok ? await answer.json() : {};
    return token ? { authorization: `Bearer ${token}` } : {};
  } catch {
    return {};
  }
}

async function open() {
  token = taken() || token;
  show("loading");
  // After a reload there is still the cookie; the history state, which is not secret, has the account.
  if (!token) return history.state?.[HERE] ? connect(history.state[HERE]) : show("incomplete");
  let answer;
  let opened;
  try {
    answer = await fetch(beside("r/open"), {
      method: "POST",
      headers: { "content-type": "application/json", ...(await signedIn()) },
      body: JSON.stringify({ token }),
    });
    if (answer.ok) opened = await answer.json();
  } catch {
    answer = undefined;
  }
  if (opened) {
    // The server has set a cookie, without which it would refuse everything that follows.
    if (!navigator.cookieEnabled) {
      history.replaceState(null, "", `#${token}`);
      return show("cookies");
    }
    token = "";
    history.replaceState({ [HERE]: opened }, "");
    return connect(opened);
  }
  if (answer?.status === 429) return show("often");
  if (answer && answer.status < 500) return show("over");
  // Put the secret back into the address, so that a reload works, too.
  history.replaceState(null, "", `#${token}`);
  show("failed");
}

/** Loads the element and shows the account in it. */
async function connect({ request, account, locale, return_url: back, return_label: label }) {
  try {
    // Browsers cache a failed import and don't retry the same address.
    await import(beside(`relink.js${tries ? `?again=${tries}` : ""}`));
  } catch {
    return show("failed");
  }
  const element = document.createElement("bank-relink");
  // The link replaces the token.
  element.getToken = () => {};
  for (const [name, value] of Object.entries({ link: request, account, locale })) element.setAttribute(name, value);
  const way = document.getElementById("return");
  if (back) Object.assign(way, { href: back, textContent: label, lang: locale });
  let isDone = false;
  element.addEventListener("relink-event", ({ detail: { name, screen } }) => {
    if (name === "success" || name === "exit") document.getElementById("back").hidden = !back;
    isDone ||= name === "success";
    // Return to the merchant at the end, because the page has only this account.
    if (isDone && back && screen === "browsing") location.assign(back);
    const root = element.shadowRoot?.querySelector("[lang]");
    if (root) Object.assign(document.documentElement, { lang: root.lang, dir: root.dir });
    document.title = root?.querySelector("h1")?.textContent || document.title;
  });
  document.getElementById("account").replaceChildren(element);
  show("account");
}

for (const again of document.querySelectorAll(".again")) {
  again.addEventListener("click", () => {
    tries += 1;
    open();
  });
}
addEventListener("hashchange", () => location.reload());
open();

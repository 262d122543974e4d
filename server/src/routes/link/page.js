// Exchanges what the link carries behind its `#` for a cookie, and shows the one account that it is for. What it carries is
// in no address any more before anything else is loaded.

const HERE = "relink-link";
const main = document.querySelector("main");
let token = "";
let tries = 0;

/** Shows one part of the page. */
function show(name) {
  for (const section of main.querySelectorAll(":scope > section")) section.hidden = section.id !== name;
  document.querySelector(`#${name} [tabindex]`)?.focus();
}

/** What the link carries, taken out of the address. */
function taken() {
  const given = location.hash.slice(1);
  if (given) history.replaceState(null, "", location.pathname + location.search);
  return given;
}

/** Who is signed in here, where the merchant's back end says so; nobody who is not. */
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
  // After a reload the cookie is still there; which account it is for is no secret.
  if (!token) return history.state?.[HERE] ? connect(history.state[HERE]) : show("over");
  let answer;
  let opened;
  try {
    answer = await fetch("/r/open", {
      method: "POST",
      headers: { "content-type": "application/json", ...(await signedIn()) },
      body: JSON.stringify({ token }),
    });
    if (answer.ok) opened = await answer.json();
  } catch {
    answer = undefined;
  }
  if (opened) {
    token = "";
    history.replaceState({ [HERE]: opened }, "");
    return connect(opened);
  }
  if (answer?.status === 429) return show("often");
  if (answer && answer.status < 500) return show("over");
  // Back into the address, so that loading the page again works, too.
  history.replaceState(null, "", `#${token}`);
  show("failed");
}

/** The account, in the front end's own words. */
async function connect({ request, account, locale, return_url: back, return_label: label }) {
  try {
    // What did not come once, browsers do not ask for again under the same address.
    await import(`/relink.js${tries ? `?again=${tries}` : ""}`);
  } catch {
    return show("failed");
  }
  const element = document.createElement("bank-relink");
  // The link stands for a token: nobody is asked for one.
  element.getToken = () => {};
  for (const [name, value] of Object.entries({ link: request, account, locale })) element.setAttribute(name, value);
  const way = document.getElementById("return");
  if (back) Object.assign(way, { href: back, textContent: label, lang: locale });
  let isDone = false;
  element.addEventListener("relink-event", ({ detail: { name, screen } }) => {
    if (name === "success" || name === "exit") document.getElementById("back").hidden = !back;
    isDone ||= name === "success";
    // Who is done goes back; there is only this one account here.
    if (isDone && back && screen === "browsing") location.assign(back);
    const root = element.shadowRoot?.querySelector("[lang]");
    if (root) Object.assign(document.documentElement, { lang: root.lang, dir: root.dir });
    document.title = root?.querySelector("h1")?.textContent || document.title;
  });
  document.getElementById("account").replaceChildren(element);
  show("account");
}

document.getElementById("again").addEventListener("click", () => {
  tries += 1;
  open();
});
addEventListener("hashchange", () => location.reload());
open();

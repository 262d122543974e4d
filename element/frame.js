// @ts-check
// The page in an iframe: passes on what the page around it asks and what the element tells, from and to that page alone.

const element = /** @type {any} */ (document.querySelector("bank-relink"));
const wishes = new URLSearchParams(location.search);
/** The page around us says who it is; whoever else may be there is told nothing and not heard. */
const origin = wishes.get("origin") ?? "";
/** What waits for a token, by number. @type {Map<number, (token: unknown) => void>} */
const waiting = new Map();
let asked = 0;

/** @param {string} text */
const isOrigin = (text) => URL.canParse(text) && new URL(text).origin === text;

/** @param {object} message */
const tell = (message) => parent.postMessage({ relink: 1, ...message }, origin);

/** @param {string | null} theme */
const wear = (theme) => {
  document.documentElement.dataset.theme = theme ?? "auto";
  element.theme = theme;
};

/** @type {Record<string, (message: any) => void>} */
const hears = {
  token: ({ id, token }) => {
    waiting.get(id)?.(token);
    waiting.delete(id);
  },
  open: () => element.open(),
  close: () => element.close(),
  theme: ({ theme }) => wear(theme),
};

function begin() {
  addEventListener("message", ({ data, origin: from, source }) => {
    if (source !== parent || from !== origin || data?.relink !== 1) return;
    if (Object.hasOwn(hears, data.type)) hears[data.type](data);
  });
  element.getToken = () =>
    new Promise((resolve) => {
      waiting.set(++asked, resolve);
      tell({ type: "token-wanted", id: asked });
    });
  element.addEventListener("relink-event", (/** @type {CustomEvent} */ event) => {
    const { name, ...detail } = event.detail;
    tell({ type: "event", name, detail });
  });
  new ResizeObserver(() => tell({ type: "height", pixels: Math.ceil(document.body.getBoundingClientRect().height) })).observe(
    document.body,
  );
  for (const name of ["account", "locale"]) element[name] = wishes.get(name);
  wear(wishes.get("theme"));
  tell({ type: "ready" });
}

// By itself, or with nobody named to speak with, it is the wrong page.
if (parent !== window && isOrigin(origin)) begin();
else location.replace("/");

export {};

// @ts-check
// The page in an iframe: relays messages between the element and the surrounding page, and no other page.

import { followLanguage } from "./page-language.js";

const element = /** @type {any} */ (document.querySelector("bank-relink"));
const wishes = new URLSearchParams(location.search);
/** Origin of the surrounding page, given in our URL. Messages are exchanged with no other origin. */
const origin = wishes.get("origin") ?? "";
/** Pending requests for a token, by number. @type {Map<number, (token: unknown) => void>} */
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
  followLanguage(element);
  for (const name of ["account", "locale"]) element[name] = wishes.get(name);
  wear(wishes.get("theme"));
  tell({ type: "ready" });
}

// Without a surrounding page, or without its origin, this is the wrong page.
if (parent !== window && isOrigin(origin)) begin();
else location.replace(".");

export {};

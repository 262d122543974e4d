// @ts-check
// The standalone page: passes parameters of its URL to the element, and takes its language and title from it.

import { signInThrough } from "./sign-in.js";

const element = /** @type {HTMLElement} */ (document.querySelector("bank-relink"));
// First, because it removes the token from the URL.
if (element.dataset.signIn) signInThrough(element, element.dataset.signIn);
const wishes = new URLSearchParams(location.search);
for (const name of ["locale", "account", "theme"]) {
  const wish = wishes.get(name);
  if (wish) element.setAttribute(name, wish);
}

element.addEventListener("relink-event", () => {
  const root = /** @type {HTMLElement | null | undefined} */ (element.shadowRoot?.querySelector("[lang]"));
  if (!root) return;
  Object.assign(document.documentElement, { lang: root.lang, dir: root.dir });
  document.title = root.querySelector("h1")?.textContent || document.title;
});

export {};

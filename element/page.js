// @ts-check
// The standalone page: passes parameters of its URL to the element, and takes its language and title from it.

import { followLanguage } from "./page-language.js";
import { signInThrough } from "./sign-in.js";

const element = /** @type {HTMLElement} */ (document.querySelector("bank-relink"));
// First, because it removes the token from the URL.
if (element.dataset.signIn) signInThrough(element, element.dataset.signIn);
const wishes = new URLSearchParams(location.search);
for (const name of ["locale", "account", "theme"]) {
  const wish = wishes.get(name);
  if (wish) element.setAttribute(name, wish);
}
followLanguage(element);

export {};

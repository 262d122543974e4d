// @ts-check
// Attributes of the element, and the properties that reflect them.

import { home } from "./program.js";

/** Attributes that start a new conversation when they change. */
export const choices = ["server", "account", "locale", "mode", "banner"];
/** Each has a property of the same name, with this value as its default. `link` is for the server's page `/r`. */
const MIRRORED = { server: home, account: "", link: "", locale: "", theme: "auto", mode: "inline" };

/** @typedef {{ [name in keyof typeof MIRRORED]: string }} Mirrored */

/** Servers that were set by the page's own script. @type {WeakMap<object, string>} */
const set = new WeakMap();

/** @param {string} url */
export const origin = (url) => URL.canParse(url, location.href) && new URL(url, location.href).origin;

/**
 * Returns the attribute that would send the customer's token, or request one, to an untrusted origin: markup can be
 * injected where script can't. A server is trusted if this script came from it or the page's own script has set it.
 * @param {any} element
 */
export function untrusted(element) {
  const tokenUrl = element.getAttribute("token-url");
  if (origin(element.server) !== home && set.get(element) !== element.server) return "server";
  if (tokenUrl && !element.getToken && ![home, location.origin].includes(origin(tokenUrl) || "")) return "token-url";
}

/** @param {HTMLElement} prototype */
export function mirror(prototype) {
  for (const [name, value] of Object.entries(MIRRORED)) {
    Object.defineProperty(prototype, name, {
      get() {
        return this.getAttribute(name) ?? (name === "mode" && this.hasAttribute("banner") ? "banner" : value);
      },
      set(given) {
        if (name === "server") set.set(this, given);
        if (given == null) this.removeAttribute(name);
        else this.setAttribute(name, given);
      },
    });
  }
}

/**
 * Applies properties that were set before the element was defined.
 * @param {any} element
 */
export function takeOver(element) {
  for (const name of [...Object.keys(MIRRORED), "banner", "getToken", "token"]) {
    if (Object.hasOwn(element, name)) {
      const given = element[name];
      delete element[name];
      element[name] = given;
    }
  }
}

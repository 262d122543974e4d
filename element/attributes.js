// @ts-check
// Attributes, and the properties that stand for them.

import { home } from "./program.js";

/** A change of these begins a new conversation. */
export const choices = ["server", "account", "locale", "mode", "banner"];
/** Each has a property of the same name, with this value where the page gives none. `link` is for the server's page `/r`. */
const MIRRORED = { server: home, account: "", link: "", locale: "", theme: "auto", mode: "inline" };

/** @typedef {{ [name in keyof typeof MIRRORED]: string }} Mirrored */

/** The servers that the page's own script has set. @type {WeakMap<object, string>} */
const set = new WeakMap();

/** @param {string} url */
export const origin = (url) => URL.canParse(url, location.href) && new URL(url, location.href).origin;

/**
 * The attribute that sends the customer's token, or asks for one, where it must not: markup can be injected where script
 * can't. A server counts if this script came from it or the page's own script has set it.
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
 * Properties that were given before there was anybody to take them.
 * @param {any} element
 */
export function takeOver(element) {
  for (const name of [...Object.keys(MIRRORED), "banner", "getToken"]) {
    if (Object.hasOwn(element, name)) {
      const given = element[name];
      delete element[name];
      element[name] = given;
    }
  }
}

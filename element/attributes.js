// @ts-check
// Attributes of the element, and the properties that reflect them.

import { home } from "./program.js";

/** Each has a property of the same name, with this value as its default. `link` is for the server's page `/r`. */
const MIRRORED = { server: home, account: "", link: "", locale: "", theme: "auto", mode: "inline", headingLevel: "" };
const MODES = ["inline", "dialog", "banner"];

/** @typedef {{ [name in keyof typeof MIRRORED]: string } & { banner: boolean }} Mirrored */

/** Attributes that start a new conversation when their meaning changes. */
const CHOICES = ["server", "account", "locale", "mode", "headingLevel"];
const kebab = (/** @type {string} */ name) => name.replace("L", "-l");
export const observed = [...CHOICES.map(kebab), "banner"];

/**
 * Returns what the attributes of a conversation mean, to compare.
 * @param {any} element
 */
export const choice = (element) => CHOICES.map((name) => element[name]).join(" ");

/** Servers that were set by the page's own script. @type {WeakMap<object, string>} */
const set = new WeakMap();

const withoutSlash = (/** @type {unknown} */ url) => String(url).replace(/([^:/])\/+$/, "$1");

/** @param {string} url */
export function origin(url) {
  try {
    return new URL(url, location.href).origin;
  } catch {
    return "";
  }
}

/**
 * Returns the attribute that would send the customer's token, or request one, to an untrusted origin: markup can be
 * injected where script can't. A server is trusted if this script came from it or the page's own script has set it.
 * @param {any} element
 */
export function untrusted(element) {
  const tokenUrl = element.getAttribute("token-url");
  if (origin(element.server) !== origin(home) && set.get(element) !== element.server) return "server";
  if (tokenUrl && !element.getToken && ![origin(home), location.origin].includes(origin(tokenUrl))) return "token-url";
}

/**
 * Returns the meaning of an attribute as it was written, which frameworks and people do in many ways.
 * @param {Element} element
 * @param {string} name
 */
function meaning(element, name) {
  const given = element.getAttribute(kebab(name));
  if (name === "mode") {
    // React 18 writes `false` in place of leaving it out.
    const isBanner = (element.getAttribute("banner") ?? "false") !== "false";
    return MODES.find((mode) => mode === given?.toLowerCase()) ?? (isBanner && "banner");
  }
  if (name === "server") return given && withoutSlash(given);
  return name === "headingLevel" && !/^[1-6]$/.test(given ?? "") ? "" : given;
}

/** @param {HTMLElement} prototype */
export function mirror(prototype) {
  Object.defineProperty(prototype, "banner", {
    get() {
      return this.mode === "banner";
    },
    set(is) {
      this.toggleAttribute("banner", !!is);
    },
  });
  for (const [name, value] of Object.entries(MIRRORED)) {
    Object.defineProperty(prototype, name, {
      get() {
        return meaning(this, name) || value;
      },
      set(given) {
        if (name === "server") set.set(this, withoutSlash(given));
        if (given == null) this.removeAttribute(kebab(name));
        else this.setAttribute(kebab(name), given);
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
    if (element.hasOwnProperty(name)) {
      const given = element[name];
      delete element[name];
      element[name] = given;
    }
  }
}

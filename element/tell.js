// @ts-check
// Dispatches events to the page. Exceptions of its listeners and callbacks don't affect the element.

import { address } from "./program.js";

/** Longest time in milliseconds for which a bank window waits for the page. */
const LONGEST_WAIT = 2000;
/** Promises of the page for which the next bank window waits. @type {Promise<unknown>[]} */
let waits = [];

/** Resolves when the page is ready for the bank window, or has taken too long. */
export const pageIsReady = () =>
  Promise.race([Promise.allSettled(waits), new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT))]);

/** @type {Record<string, string>} */
const CALLED = { success: "onSuccess", "new-account": "onSuccess", exit: "onExit", error: "onExit" };

/**
 * Returns true if the event ends what was opened.
 * @param {any} element
 * @param {string} name
 * @param {{ screen?: string }} detail
 */
export function tellPage(element, name, detail) {
  const dispatch = (/** @type {string} */ type, /** @type {object} */ detail) => {
    // From an element that the page has removed, nothing reaches the document by itself.
    for (const target of element.isConnected ? [element] : [element, document]) {
      const event = new CustomEvent(`relink-${type}`, { bubbles: true, composed: true, detail });
      if (type === "open") Object.assign(event, { waitUntil: (/** @type {Promise<unknown>} */ promise) => waits.push(promise) });
      target.dispatchEvent(event);
    }
  };
  const call = (/** @type {string} */ back, /** @type {object} */ detail) =>
    queueMicrotask(() => element[back]?.(detail));
  if (name === "open") waits = [];
  if (name !== "screen") dispatch(name, detail);
  dispatch("event", { name, ...detail });
  call("onEvent", { name, detail });
  // Warns if the page's own opener policy keeps the window that is open now from reporting back.
  if (detail.screen === "at_bank") import(address("opener.js")).catch(() => {});
  if (CALLED[name]) call(CALLED[name], { type: name, ...detail });
  return name in CALLED;
}

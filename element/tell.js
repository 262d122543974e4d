// @ts-check
// Tells the page what happens. What its listeners and callbacks throw is theirs.

/** @type {Record<string, string>} */
const CALLED = { success: "onSuccess", "new-account": "onSuccess", exit: "onExit", error: "onExit" };

/**
 * Says whether that was how something ended.
 * @param {any} element
 * @param {string} name
 * @param {object} detail
 */
export function tellPage(element, name, detail) {
  const dispatch = (/** @type {string} */ type, /** @type {object} */ detail) =>
    element.dispatchEvent(new CustomEvent(`relink-${type}`, { bubbles: true, composed: true, detail }));
  const call = (/** @type {string} */ back, /** @type {object} */ detail) =>
    queueMicrotask(() => element[back]?.(detail));
  if (name !== "screen") dispatch(name, detail);
  dispatch("event", { name, ...detail });
  call("onEvent", { name, detail });
  if (CALLED[name]) call(CALLED[name], { type: name, ...detail });
  return name in CALLED;
}

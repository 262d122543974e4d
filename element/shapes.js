// @ts-check
// Draws what the loader shows itself, like the program: each part has the name of its class.

/**
 * @param {string} tag
 * @param {string} part
 * @param {object} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export const make = (tag, part, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), { className: part, part, ...properties });
  element.append(...children);
  return element;
};

/**
 * @param {string} screen
 * @param {string | null} role
 * @param {...(Node | string)} children
 */
export const card = (screen, role, ...children) => {
  const section = make("section", "card", { role }, ...children);
  section.dataset.screen = screen;
  return section;
};

/**
 * @param {object} [properties]
 * @param {...string} text
 */
export const heading = (properties, ...text) => make("h1", "heading", { id: "heading", tabIndex: -1, ...properties }, ...text);

/** @param {HTMLElement} root */
export const focusHeading = (root) => root.querySelector("h1")?.focus();

/**
 * Brings the card into view if its heading has the focus, which it takes only after the customer's own action. A card
 * with a notice has replaced another one without that.
 * @param {ShadowRoot} shadow
 */
export function bringIntoView({ activeElement }) {
  if (!activeElement?.matches("h1") || activeElement.parentElement?.querySelector(".notice")) return;
  const behavior = matchMedia("(prefers-reduced-motion:reduce)").matches ? "instant" : "smooth";
  activeElement.parentElement?.scrollIntoView({ block: "nearest", behavior });
}

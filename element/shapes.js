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

/** @param {HTMLElement} root */
export const focusHeading = (root) => root.querySelector("h1")?.focus();

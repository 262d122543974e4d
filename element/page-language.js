// @ts-check
// Gives a page that has nothing but the element the element's language and title.

/** @param {HTMLElement} element */
export const followLanguage = (element) =>
  element.addEventListener("relink-event", () => {
    const root = /** @type {HTMLElement | null | undefined} */ (element.shadowRoot?.querySelector("[lang]"));
    if (!root) return;
    Object.assign(document.documentElement, { lang: root.lang, dir: root.dir });
    document.title = root.querySelector("h1")?.textContent || document.title;
  });

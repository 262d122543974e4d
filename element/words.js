// @ts-check
// Fetches the texts of the first wanted language that is supported.

import { address, again, files } from "./program.js";

/**
 * @typedef {object} Spoken
 * @property {string} words Texts, one a line.
 * @property {string[]} lines
 * @property {string} locale Language of the texts, with the customer's region.
 */

/**
 * Fetches the texts. A language's file is named after language and script, which the browser knows. So there is no list
 * of languages, and adding one costs no bytes.
 * @param {readonly string[]} wanted
 * @returns {Promise<Spoken>}
 */
export async function speak(wanted) {
  const asked = new Set();
  for (const tag of [...wanted, "en"]) {
    // With the customer's region or script, then with the language's most likely script. Some write `de_DE@euro`.
    for (const form of [tag.replaceAll("_", "-"), tag.split(/\W|_/)[0]]) {
      let locale;
      try {
        locale = new Intl.Locale(form);
      } catch {
        continue; // Not a valid language tag.
      }
      const { language, script } = locale.maximize();
      const file = `${files.words}/${language}-${script}.txt`;
      if (asked.has(file)) continue;
      asked.add(file);
      const words = await fetch(address(file) + again, { signal: AbortSignal.timeout?.(20000) }).then(
        (response) => response.text(),
        () => "",
      );
      // Some servers respond with a page to every URL.
      if (words.startsWith(language)) {
        const lines = words.split("\n");
        return { words, lines, locale: locale.baseName === language ? lines[0] : locale.baseName };
      }
    }
  }
  throw Error("words");
}

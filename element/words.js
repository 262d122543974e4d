// @ts-check
// Fetches what is said, in the first of the wanted languages that there is.

import { address, again, files } from "./program.js";

/**
 * @typedef {object} Spoken
 * @property {string} words A line for each text.
 * @property {string[]} lines
 * @property {string} locale Their language as the reader's part of the world writes it.
 */

/**
 * A language's file is named after its script, which the browser knows. So nothing here has to know the languages, and
 * one more costs nobody a byte.
 * @param {readonly string[]} wanted
 * @returns {Promise<Spoken>}
 */
export async function speak(wanted) {
  const asked = new Set();
  for (const tag of [...wanted, "en"]) {
    // As the reader writes it, and in the script that most of its readers read.
    for (const form of [tag, tag.split("-")[0]]) {
      let locale;
      try {
        locale = new Intl.Locale(form);
      } catch {
        continue; // Not a language's name.
      }
      const { language, script } = locale.maximize();
      const file = `${files.words}/${language}-${script}.txt`;
      if (asked.has(file)) continue;
      asked.add(file);
      const words = await fetch(address(file) + again, { signal: AbortSignal.timeout(20000) }).then(
        (response) => response.text(),
        () => "",
      );
      // A server may have a page for every address.
      if (words.startsWith(language)) {
        const lines = words.split("\n");
        return { words, lines, locale: locale.baseName === language ? lines[0] : locale.baseName };
      }
    }
  }
  throw Error("words");
}

// @ts-check
// Loads the program, once for all elements of a page.

import { make } from "./shapes.js";

/**
 * @typedef {{ leave(): void, attend(): void, free(): void }} Mounted A running conversation.
 * @typedef {{ default(where: object): Promise<unknown>, mount(host: object): Mounted }} Program
 */

/** Names of the program's files, which `cargo xtask` inserts: each contains a hash of the content. */
export let files = { style: FILES.style, glue: FILES.glue, wasm: FILES.wasm, words: FILES.words };

/** Address of the server that this file came from, without a slash at its end. */
export const home = new URL(".", import.meta.url).href.slice(0, -1);

/** @param {string} file */
export const address = (file) => new URL(file, import.meta.url).href;

/** @type {Promise<Program> | undefined} */
let loading;
/** Number of failed loads. */
let tries = 0;
/** Query string that changes after each failure, because browsers cache a failed module by its URL. */
export let again = "";
/** Policy directive (CSP) that blocked one of the program's files, or `wasm`. @type {string | undefined} */
export let refused;

document.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective, disposition }) => {
  // What is only reported is not blocked.
  if (disposition === "report") return;
  if (blockedURI.startsWith("wasm")) refused = "wasm";
  else if (blockedURI.startsWith(home)) refused = effectiveDirective;
});

/** Returns the program once it is loaded and ready. */
export const program = () =>
  (loading ??= load().catch((error) => {
    forget();
    throw error;
  }));

const forget = () => {
  loading = undefined;
  again = `?${++tries}`;
};

/** Fetches the current names of the files: after a deployment, the old ones may no longer exist. */
export async function renew() {
  forget();
  ({ files } = await import(address("relink.js") + again));
}

/**
 * Returns the response that the page has preloaded, if it is the file that this loader needs: while servers are replaced, it
 * may be of another version.
 */
async function preloaded() {
  const url = address("relink.wasm");
  if (again || ![...document.querySelectorAll("link[rel=preload]")].some((link) => /** @type {any} */ (link).href === url)) return;
  const response = await fetch(url);
  if (response.headers.get("relink-file") === files.wasm) return response;
}

async function load() {
  refused = undefined;
  // In parallel with the glue. The handler avoids an unhandled rejection if the glue fails first.
  const wasm = preloaded()
    .catch(() => {})
    .then((response) => response ?? fetch(address(files.wasm) + again));
  wasm.catch(() => {});
  /** @type {Program} */
  const glue = await import(address(files.glue) + again);
  await glue.default({ module_or_path: wasm });
  // The screens are made from templates. Where the page demands trusted types, this throws, and so would each screen.
  make("template", "", { innerHTML: "" });
  return glue;
}

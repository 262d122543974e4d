// @ts-check
// Fetches the program, once for all elements of a page.

/**
 * @typedef {{ leave(): void, attend(): void, free(): void }} Mounted A conversation that runs.
 * @typedef {{ default(where: object): Promise<unknown>, mount(host: object): Mounted }} Program
 */

/** The names of our files, which `cargo xtask` writes here: each holds a hash of what is in it. */
export let files = { style: FILES.style, glue: FILES.glue, wasm: FILES.wasm, words: FILES.words };

/** Where this very file came from. */
export const home = new URL(import.meta.url).origin;

/** @param {string} file */
export const address = (file) => new URL(file, import.meta.url).href;

/** @type {Promise<Program> | undefined} */
let loading;
/** How often it did not come. */
let tries = 0;
/** Browsers keep what did not come, by its address; with this, it is another one. */
export let again = "";
/** The directive by which the page's policy refused something of ours, or `wasm`. @type {string | undefined} */
export let refused;

document.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) => {
  if (blockedURI.startsWith("wasm")) refused = "wasm";
  else if (blockedURI.startsWith(home)) refused = effectiveDirective;
});

/** The program, there and ready. */
export const program = () =>
  (loading ??= load().catch((error) => {
    forget();
    throw error;
  }));

const forget = () => {
  loading = undefined;
  again = `?${++tries}`;
};

/** From now on a try takes what the server has now: after a deployment the old names lead nowhere. */
export async function renew() {
  forget();
  ({ files } = await import(address("relink.js") + again));
}

async function load() {
  refused = undefined;
  // Side by side; if one does not come, nobody asks for the other.
  const wasm = fetch(address(files.wasm) + again);
  wasm.catch(() => {});
  /** @type {Program} */
  const glue = await import(address(files.glue) + again);
  await glue.default({ module_or_path: wasm });
  return glue;
}

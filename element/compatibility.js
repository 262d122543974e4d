// @ts-check
// Browser features that older browsers lack, and that libraries of the page may have removed.

/** Something that the program needs and this browser lacks, or a library of the page's has removed. */
export const missing = Object.entries({
  WebAssembly: globalThis.WebAssembly,
  "AbortSignal.timeout": globalThis.AbortSignal?.timeout,
  HTMLDialogElement: globalThis.HTMLDialogElement,
}).find(([, it]) => !it)?.[0];

/**
 * Like `Promise.withResolvers`, which is younger, and which old versions of zone.js remove.
 * @template T
 * @returns {{ promise: Promise<T>, resolve: (value: T) => void }}
 */
export function deferred() {
  /** @type {any} */
  let resolve;
  const promise = new Promise((resolves) => (resolve = resolves));
  return { promise, resolve };
}

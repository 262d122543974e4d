import type { BankRelinkElement } from "./element.js";

export type * from "./element.js";

/** Options of `loadRelink`. */
export interface LoadOptions {
  /** Address of your relink-server, such as `https://relink.shop.example` or `https://shop.example/relink`. */
  server: string;
}

/** Class of the element. */
export type BankRelinkClass = CustomElementConstructor & (new () => BankRelinkElement);

const loads = new Map<string, Promise<BankRelinkClass>>();
/** Number of failed loads by address. Changes the URL, because browsers cache a failed module by its URL. */
const failures = new Map<string, number>();

/**
 * Loads `<bank-relink>` from your relink-server, once, so that page and server always have the same version.
 *
 * Resolves to the element's class. After a rejection, the next call retries.
 */
export function loadRelink({ server }: LoadOptions): Promise<BankRelinkClass> {
  if (typeof window === "undefined") {
    return Promise.reject(new Error("loadRelink is for browsers: call it when the page is there"));
  }
  let address: string;
  try {
    const url = new URL(server, location.href);
    address = url.origin + url.pathname.replace(/\/+$/, "");
  } catch {
    return Promise.reject(new TypeError(`loadRelink: ${JSON.stringify(server)} is not an address`));
  }
  const known = loads.get(address);
  if (known) return known;
  const load = fetchElement(address);
  loads.set(address, load);
  load.catch(() => {
    loads.delete(address);
    failures.set(address, (failures.get(address) ?? 0) + 1);
  });
  return load;
}

async function fetchElement(address: string): Promise<BankRelinkClass> {
  const failed = failures.get(address);
  const loader = `${address}/relink.js${failed ? `?try=${failed + 1}` : ""}`;
  // Keeps bundlers from resolving it at build time.
  await import(/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ loader);
  return (await customElements.whenDefined("bank-relink")) as BankRelinkClass;
}

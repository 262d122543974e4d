// @ts-check
// Reports why the program did not load: in plain words to the customer, and with a remedy to the page's developers.

import { origin } from "./attributes.js";
import { address, again as fresh, files, home, refused } from "./program.js";
import { card, heading as headed, make } from "./shapes.js";

/**
 * Returns a code for the cause, and a remedy for developers.
 * @param {any} error
 * @returns {Promise<[code: string, detail: string]>}
 */
export async function diagnose(error) {
  // The violation event is dispatched a task later than the failure.
  await new Promise((resolve) => setTimeout(resolve));
  const allow = (/** @type {string} */ what, /** @type {string} */ where) => `CSP: add ${what} to ${where}`;
  if (!navigator.onLine) return ["offline", ""];
  // Browsers differ: some don't dispatch the event, others don't name the policy in the error.
  if (/^wasm|unsafe-eval/.test(refused ?? error)) return ["wasm_blocked", allow("'wasm-unsafe-eval'", "script-src")];
  // Firefox speaks of a sink instead of the type.
  if (/Trusted|Sink/.test(error)) return ["policy_blocked", "CSP: remove require-trusted-types-for"];
  if (refused) return ["policy_blocked", allow(origin(home), refused)];
  for (const file of [files.glue, files.wasm]) {
    const response = await fetch(address(file)).catch(() => {});
    if (!response) return ["unreachable", file];
    if (!response.ok) return ["file_missing", `${file}: ${response.status}`];
    const type = response.headers.get("content-type") ?? "";
    if (!/javascript|wasm/.test(type)) return ["wrong_type", `${file}: ${type}`];
  }
  return [/^(Compile|Syntax|Reference)/.test(error) ? "old_browser" : "internal", String(error)];
}

/**
 * @param {string} code
 * @param {string} detail
 * @param {string[]} lines Texts of the language; empty if they could not be loaded either.
 * @param {string} page URL of the server's own page, to offer if it can sign the customer in.
 * @param {() => void} again
 * @param {string} level Level of the heading; empty for that of its element.
 */
export function trouble(code, detail, lines, page, again, level) {
  // Counted by the server: the merchant sees that ad blockers or policies keep customers out.
  navigator.sendBeacon(address("reports"), code);
  const [heading, says] = {
    offline: [LINE.offline_heading, LINE.offline_body],
    unreachable: [LINE.shell_failed, LINE.unreachable_body],
    file_missing: [LINE.shell_failed, LINE.shell_gone],
    old_browser: [LINE.shell_failed, LINE.shell_old],
  }[code] ?? [LINE.shell_failed, LINE.internal_body];
  const button = make("button", "primary", { onclick: again }, lines[LINE.try_again] ?? "Try again");
  // A module import, because a policy that allows this script allows that one, too.
  if (page)
    import(address("own-page.js") + fresh).then(
      ({ works }) => works && button.after(make("a", "quiet", { href: page }, lines[LINE.own_page] ?? page)),
      () => {},
    );
  const drawn = card(
    "not_started",
    "alert",
    make("span", "picture"),
    headed({ ariaLevel: level || null }, lines[heading] ?? "This part of the page didn't load. Nothing was changed."),
    make("p", "text", {}, lines[says] ?? ""),
    make("p", "text", {}, lines[LINE.nothing_changed] ?? ""),
    button,
    make(
      "details",
      "details",
      {},
      make("summary", "summary", {}, lines[LINE.support] ?? code),
      make("code", "code", {}, code, " ", detail),
    ),
  );
  // Without a language's texts these are English, in a page that may not be.
  return lines.length ? drawn : Object.assign(drawn, { lang: "en", dir: "ltr" });
}

// @ts-check
// Defines <bank-relink>: shows at once that something is coming, and fetches the program when the reader comes near.

import { choices, mirror, takeOver } from "./attributes.js";
import { address, files, home, program, renew } from "./program.js";
import { card, focusHeading, make } from "./shapes.js";
import { tellPage } from "./tell.js";
import { token } from "./token.js";
import { diagnose, trouble } from "./trouble.js";
import { speak } from "./words.js";

/** So far from the screen the program is fetched, in pixels. */
const NEAR = 400;

/** @typedef {import("./attributes.js").Mirrored} Mirrored */

class BankRelink extends /** @type {new () => HTMLElement & Mirrored} */ (HTMLElement) {
  static observedAttributes = choices;

  #shadow = this.attachShadow({ mode: "open" });
  /** What the cards are drawn into. */
  #root = make("div", "root");
  /** Where a banner says that something needs the reader. It is there before it speaks. */
  #notice = make("div", "place", { role: "status" });
  #close = make("button", "close", { type: "button", onclick: () => this.close() });
  /** Around the cards, unless they are in the page itself. @type {HTMLDialogElement | undefined} */
  #dialog;
  /** What the reader was at before the dialog. @type {any} */
  #opener;
  /** One stay in the page, from insertion to removal; whatever belongs to another has nothing to say. @type {object | undefined} */
  #stay;
  /** Ends what waits for a better moment. @type {AbortController | undefined} */
  #waiting;
  /** @type {Promise<void> | undefined} */
  #loading;
  /** @type {import("./program.js").Mounted | undefined} */
  #mounted;
  /** @type {string[]} */
  #lines = [];
  /** @type {any} */
  #ask;
  /** Over once there is somebody to ask for a token. @type {PromiseWithResolvers<() => unknown>} */
  #asking = Promise.withResolvers();
  /** Whether the reader has asked for something here; the focus follows only then. */
  #attended = false;
  /** Over when there is something to see. @type {PromiseWithResolvers<void>} */
  #shown = Promise.withResolvers();
  /** Whether the page knows how what was opened has ended. */
  #ended = false;

  connectedCallback() {
    takeOver(this);
    this.#begin();
  }

  disconnectedCallback() {
    this.#end();
  }

  attributeChangedCallback() {
    if (this.#stay) this.#anew();
  }

  /** Asked for the customer's token whenever one is needed: a text, or a promise of one. */
  get getToken() {
    return this.#ask;
  }

  set getToken(ask) {
    this.#ask = ask;
    if (ask) this.#asking.resolve(() => this.#ask?.());
  }

  get banner() {
    return this.mode === "banner";
  }

  set banner(is) {
    this.toggleAttribute("banner", is);
  }

  /** Shows the conversation; resolves when it is on the screen. */
  async open() {
    if (!this.#stay) return;
    this.#attended = true;
    if (this.#dialog && !this.#dialog.open) {
      this.#opener = this.#shadow.activeElement ?? document.activeElement;
      this.#ended = false;
      this.#show(true);
    }
    await this.#load();
    this.#mounted?.attend();
    await this.#shown.promise;
    focusHeading(this.#root);
  }

  /** Closes the dialog; without one, goes back to the accounts. */
  close() {
    if (this.#dialog) this.#dialog.close();
    else this.#mounted?.leave();
  }

  /** As if it had just been put into the page. */
  #begin() {
    // Nothing is shown that does not look like anything yet.
    const show = () => (this.#root.hidden = false);
    const link = make("link", "", { rel: "stylesheet", href: address(files.style), onload: show, onerror: show });
    this.#root.hidden = true;
    this.#root.replaceChildren(card("opening", null, make("h1", "heading", { tabIndex: -1 }), make("span", "progress")));
    this.#notice.replaceChildren();
    this.#dialog = undefined;
    if (this.mode !== "inline") {
      this.#dialog = /** @type {any} */ (make("dialog", "dialog", { onclose: () => this.#closed() }, this.#root, this.#close));
    }
    this.#shadow.replaceChildren(link, ...(this.#dialog ? [this.#notice, this.#dialog] : [this.#root]));
    this.#stay = {};
    this.#waiting = new AbortController();
    this.#shown = Promise.withResolvers();
    this.#approach();
  }

  #end() {
    const mounted = this.#mounted;
    this.#stay = this.#mounted = this.#loading = undefined;
    this.#waiting?.abort();
    // Not while it may be speaking to us.
    queueMicrotask(() => mounted?.free());
  }

  #anew() {
    const wasOpen = this.#dialog?.open;
    this.#end();
    this.#begin();
    if (wasOpen) this.#show(true);
    if (this.#attended) this.#load();
  }

  #again() {
    renew();
    this.#attended = true;
    this.#anew();
  }

  /** Loads when the reader is near; at once where that is so already, as the first look would come a frame later. */
  #approach() {
    if (this.mode === "dialog") return;
    const [box] = this.getClientRects();
    if (box && box.top < innerHeight + NEAR && box.bottom > -NEAR) return void this.#load();
    const watch = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.#load(), {
      rootMargin: `${NEAR}px`,
    });
    watch.observe(this);
    this.#waiting?.signal.addEventListener("abort", () => watch.disconnect());
  }

  #load() {
    return (this.#loading ??= this.#start());
  }

  async #start() {
    const stay = this.#stay;
    const speaking = speak(this.locale ? [this.locale] : navigator.languages).then((spoken) => {
      if (stay === this.#stay) this.#say(spoken.lines);
      return spoken;
    });
    const ask = () => token(this.#asking.promise, this.#ask ? null : this.getAttribute("token-url"));
    // What the program needs first comes beside it. Whoever takes it hears of a failure.
    const first = ask();
    const accounts = first.then(
      (token) =>
        token &&
        fetch(`${this.server}/api/accounts`, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(20000) }),
    );
    accounts.catch(() => {});
    try {
      const [{ mount }, { words, locale }] = await Promise.all([program(), speaking]);
      if (stay !== this.#stay) return;
      this.#root.hidden = false;
      this.#mounted = mount({
        root: this.#root,
        notice: this.banner ? this.#notice : null,
        words,
        locale,
        element: this,
        page: this.#page(),
        token: ask,
        first,
        accounts,
        tell: (/** @type {string} */ name, /** @type {string} */ detail) => stay === this.#stay && this.#tell(name, JSON.parse(detail)),
        open: () => this.open(),
        left: () => (this.account || this.banner) && this.#dialog?.close(),
        renew: () => this.#again(),
      });
      if (this.#attended) this.#mounted.attend();
    } catch (error) {
      const [code, detail] = await diagnose(error);
      await speaking.catch(() => {});
      if (stay === this.#stay) this.#fail(code, detail, error);
    }
  }

  /** @param {string[]} lines */
  #say(lines) {
    this.#lines = lines;
    for (const part of [this.#root, this.#notice]) Object.assign(part, { lang: lines[0], dir: lines[LINE.direction] });
    this.#root.querySelector("h1")?.append(lines[LINE.loading]);
    this.#close.ariaLabel = lines[LINE.shell_close];
    if (this.#dialog) this.#dialog.ariaLabel = lines[LINE.browsing_heading];
  }

  /** The server's own page, where that is another than this. */
  #page() {
    return this.server === location.origin ? "" : `${this.server}/${this.account && `?account=${this.account}`}`;
  }

  /**
   * @param {string} name
   * @param {any} detail
   */
  #tell(name, detail) {
    const isScreen = name === "screen";
    if (isScreen && detail.screen !== "opening") this.#shown.resolve();
    // While the bank's window is open, ours is below it and keeps nobody from it.
    if (this.#dialog?.open && (name === "open" || (isScreen && detail.screen !== "at_bank" && !this.#dialog.matches(":modal"))))
      this.#show(isScreen);
    if (tellPage(this, name, detail)) this.#ended = true;
  }

  /** @param {boolean} isModal */
  #show(isModal) {
    this.#dialog?.close();
    this.#dialog?.[isModal ? "showModal" : "show"]();
  }

  #closed() {
    // It may be open again by now.
    if (this.#dialog?.open) return;
    this.#mounted?.leave();
    if (!this.#ended) this.#tell("exit", { reason: "closed", account: null });
    this.#opener?.focus();
  }

  /**
   * @param {string} code
   * @param {string} detail
   * @param {unknown} error
   */
  #fail(code, detail, error) {
    console.error(`bank-relink: ${code} ${detail}`, error);
    this.#root.replaceChildren(trouble(code, detail, this.#lines, this.#page(), () => this.#again()));
    this.#root.hidden = false;
    if (this.#attended) focusHeading(this.#root);
    addEventListener("online", () => this.#again(), { signal: this.#waiting?.signal });
    this.#shown.resolve();
    this.#tell("error", { code, request_id: null });
  }
}

mirror(BankRelink.prototype);

// Two copies on one page are one.
if (!customElements.get("bank-relink")) customElements.define("bank-relink", BankRelink);

// For a copy that had the names of an older version.
export { files };

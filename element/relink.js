// @ts-check
// Defines <bank-relink>: shows at once that something is coming, and fetches the program when the reader comes near.

import { choices, mirror, origin, takeOver, untrusted } from "./attributes.js";
import { address, files, home, program, renew } from "./program.js";
import { card, focusHeading, make } from "./shapes.js";
import { tellPage } from "./tell.js";
import { token } from "./token.js";
import { diagnose, trouble } from "./trouble.js";
import { speak } from "./words.js";

/** @typedef {import("./attributes.js").Mirrored} Mirrored */

class BankRelink extends /** @type {new () => HTMLElement & Mirrored} */ (HTMLElement) {
  static observedAttributes = choices;

  #shadow = this.attachShadow({ mode: "open" });
  /** What the cards are drawn into. */
  #root = make("div", "root");
  /** Where a banner says that something needs the reader. It is there before it speaks. */
  #notice = make("div", "place", { role: "status" });
  #close = make("button", "close", { onclick: () => this.close() });
  /** What the page has put into it: a link or a button there opens the dialog. */
  #content = make("slot", "", {
    onclick: (/** @type {any} */ event) => {
      // With a key held, a link still opens where the reader wants it.
      if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest("a,button")) return;
      event.preventDefault();
      this.open();
    },
  });
  /** Around the cards, unless they are in the page itself. @type {HTMLDialogElement | undefined} */
  #dialog;
  /** What the reader was at before the dialog. @type {any} */
  #opener;
  /** One stay in the page, from insertion to removal; whatever belongs to another has nothing to say. @type {object | undefined} */
  #stay;
  /** Loads when the reader comes near. */
  #watch = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.#load(), { rootMargin: "400px" });
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
  /** Whether it has taken what the server has now. */
  #renewed = false;

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
    const onerror = () => (this.#renewed ? show() : this.#renew());
    const link = make("link", "", { rel: "stylesheet", href: address(files.style), onload: show, onerror });
    this.#root.hidden = true;
    this.#root.replaceChildren(card("opening", null, make("h1", "heading", { tabIndex: -1 }), make("span", "progress")));
    this.#notice.replaceChildren();
    this.#dialog = undefined;
    if (this.mode !== "inline") {
      this.#dialog = /** @type {any} */ (make("dialog", "dialog", { onclose: () => this.#closed() }, this.#root, this.#close));
    }
    this.#shadow.replaceChildren(link, ...(this.#dialog ? [this.banner ? "" : this.#content, this.#notice, this.#dialog] : [this.#root]));
    this.#stay = {};
    this.#shown = Promise.withResolvers();
    if (this.mode === "dialog") return;
    // The first look would come a frame later.
    if (/** @type {any} */ (this.getClientRects()[0])?.top < innerHeight) this.#load();
    else this.#watch.observe(this);
  }

  #end() {
    const mounted = this.#mounted;
    this.#stay = this.#mounted = this.#loading = undefined;
    this.#watch.disconnect();
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

  /** Begins anew with what the server has now. */
  async #renew() {
    const stay = this.#stay;
    this.#renewed = true;
    await renew().catch(() => {});
    if (stay && stay === this.#stay) this.#anew();
  }

  #again() {
    this.#attended = true;
    this.#renew();
  }

  #load() {
    return (this.#loading ??= this.#start());
  }

  async #start() {
    const stay = this.#stay;
    const speaking = speak([this.locale, ...navigator.languages]).then((spoken) => {
      if (stay === this.#stay) this.#say(spoken.lines);
      return spoken;
    });
    const attribute = untrusted(this);
    if (attribute) {
      await speaking.catch(() => {});
      if (stay === this.#stay) this.#fail("untrusted_attribute", `${attribute} leads to another origin: have a script set it`);
      return;
    }
    const ask = () => token(this.#asking.promise, this.#ask ? null : this.getAttribute("token-url"));
    // What the program needs first comes beside it. Whoever takes it hears of a failure.
    const first = ask();
    const accounts = first.then(
      (token) =>
        token &&
        fetch(`${this.server}/api/accounts`, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(20000) }),
    );
    accounts.catch(console.warn);
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
        token: ask,
        page: this.#page(),
        isHome: origin(this.server) === home,
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
      if (stay !== this.#stay) return;
      // There may be a new version since the page was loaded.
      if (code === "file_missing" && !this.#renewed) this.#renew();
      else this.#fail(code, detail, error);
    }
  }

  /** @param {string[]} lines */
  #say(lines) {
    this.#lines = lines;
    for (const part of [this.#root, this.#notice]) {
      part.lang = lines[0];
      part.dir = lines[LINE.direction];
    }
    this.#root.querySelector("h1")?.append(lines[LINE.loading]);
    this.#close.ariaLabel = lines[LINE.shell_close];
    if (this.#dialog) this.#dialog.ariaLabel = lines[LINE.browsing_heading];
  }

  /** The own page of the server that this script came from, where that is another than this page. */
  #page() {
    return home === location.origin || origin(this.server) !== home ? "" : `${home}/${this.account && `?account=${this.account}`}`;
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
   * @param {unknown} [error]
   */
  #fail(code, detail, error) {
    console.error(`bank-relink: ${code} ${detail}`, error ?? "");
    this.#root.replaceChildren(trouble(code, detail, this.#lines, this.#page(), () => this.#again()));
    this.#root.hidden = false;
    if (this.#attended) focusHeading(this.#root);
    const stay = this.#stay;
    addEventListener("online", () => stay === this.#stay && this.#again(), { once: true });
    this.#shown.resolve();
    this.#tell("error", { code, request_id: null });
  }
}

mirror(BankRelink.prototype);

// Two copies on one page are one.
if (!customElements.get("bank-relink")) customElements.define("bank-relink", BankRelink);

// For a copy that had the names of an older version.
export { files };

// @ts-check
// Defines <bank-relink>: shows a placeholder at once, and loads the program when the element comes near the viewport.

import { choices, mirror, origin, takeOver, untrusted } from "./attributes.js";
import { Customer } from "./customer.js";
import { address, files, home, program, renew } from "./program.js";
import { card, focusHeading, make } from "./shapes.js";
import { tellPage } from "./tell.js";
import { fetchToken, inTime } from "./token.js";
import { diagnose, trouble } from "./trouble.js";
import { speak } from "./words.js";

/** @typedef {import("./attributes.js").Mirrored} Mirrored */

class BankRelink extends /** @type {new () => HTMLElement & Mirrored} */ (HTMLElement) {
  static observedAttributes = [...choices, "token"];

  #shadow = this.attachShadow({ mode: "open" });
  /** Container of the cards. */
  #root = make("div", "root");
  /** Live region of the banner, which must exist before its content. */
  #notice = make("div", "place", { role: "status" });
  #close = make("button", "close", { onclick: () => this.close() });
  /** Content that the page has put into the element: a link or a button in it opens the dialog. */
  #content = make("slot", "", {
    onclick: (/** @type {any} */ event) => {
      // With a modifier key, a link still opens in a new tab or window.
      if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest("a,button")) return;
      event.preventDefault();
      this.open();
    },
  });
  /** Dialog around the cards, unless the mode is inline. @type {HTMLDialogElement | undefined} */
  #dialog;
  /** Element that had the focus before the dialog. @type {any} */
  #opener;
  /** Identifies one stay in the document; results of previous ones are ignored. @type {object | undefined} */
  #stay;
  /** Loads when the element comes near the viewport. */
  #watch = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.#load(), { rootMargin: "400px" });
  /** @type {Promise<void> | undefined} */
  #loading;
  /** @type {import("./program.js").Mounted | undefined} */
  #mounted;
  /** @type {string[]} */
  #lines = [];
  /** @type {any} */
  #ask;
  /** Resolves as soon as there is a source of tokens. @type {PromiseWithResolvers<unknown>} */
  #asking = Promise.withResolvers();
  /** Token that came with the page. @type {string | null | undefined} */
  #given;
  /** @type {Customer | undefined} */
  #customer;
  /** @type {import("./customer.js").Member} */
  #member = {
    ask: () => inTime(this.#request()),
    restart: () => {
      this.#given = undefined;
      this.#anew();
    },
  };
  /** True once the customer has used the element; only then it takes the focus. */
  #attended = false;
  /** Resolves when a screen is shown. @type {PromiseWithResolvers<void>} */
  #shown = Promise.withResolvers();
  /** True once the page has received the event that ends what was opened. */
  #ended = false;
  /** True once the current file names were fetched. */
  #renewed = false;
  /** Restarts after a failure. A property, so that the browser recognizes the listener. */
  #again = () => {
    this.#attended = true;
    this.#renew();
  };

  connectedCallback() {
    takeOver(this);
    this.#takeScript();
    this.#begin();
  }

  disconnectedCallback() {
    this.#end();
  }

  /**
   * @param {string} name
   * @param {string | null} _before
   * @param {string | null} value
   */
  attributeChangedCallback(name, _before, value) {
    if (name !== "token") return this.#stay && this.#anew();
    if (value === null) return;
    // No other script of the page is to find it there later.
    this.removeAttribute(name);
    this.token = value;
  }

  /** Takes the token that the page's markup brings in a script of JSON, as from the attribute. */
  #takeScript() {
    const script = this.querySelector(":scope>script[type='application/json']");
    script?.remove();
    try {
      if (script) this.token = JSON.parse(script.textContent ?? "").token;
    } catch {}
  }

  /** The customer's token, if the page has one already; can't be read. @param {string | null | undefined} token */
  set token(token) {
    this.#given = token;
    if (!token) return;
    this.#asking.resolve(token);
    this.#customer?.take(token);
  }

  /** Forgets who the customer is, in all elements that share it, and starts anew. */
  reset() {
    this.#given = undefined;
    this.#customer?.restart();
  }

  /** Returns the customer's token, or a promise of it; called whenever one is needed. */
  get getToken() {
    return this.#ask;
  }

  set getToken(ask) {
    this.#ask = ask;
    if (ask) this.#asking.resolve(ask);
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

  /** Starts as if the element had just been inserted. */
  #begin() {
    // Hidden until the styles are loaded.
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
    // The observer would report only a frame later.
    if (/** @type {any} */ (this.getClientRects()[0])?.top < innerHeight) this.#load();
    else this.#watch.observe(this);
  }

  #end() {
    const mounted = this.#mounted;
    this.#customer?.leave(this.#member);
    this.#stay = this.#mounted = this.#loading = this.#customer = undefined;
    this.#watch.disconnect();
    removeEventListener("online", this.#again);
    // Later, because the program may be calling us right now.
    queueMicrotask(() => mounted?.free());
  }

  #anew() {
    const wasOpen = this.#dialog?.open;
    this.#end();
    this.#begin();
    if (wasOpen) this.#show(true);
    if (this.#attended) this.#load();
  }

  /** Restarts with the server's current files. */
  async #renew() {
    const stay = this.#stay;
    this.#renewed = true;
    await renew().catch(() => {});
    if (stay && stay === this.#stay) this.#anew();
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
    // The parser may not have come to the element's content yet.
    if (document.readyState === "loading") await new Promise((resolve) => setTimeout(resolve));
    this.#takeScript();
    const joined = this.#join(stay);
    // Requested in parallel with the program, which also handles the failure.
    const accounts = joined.then((customer) => customer.accounts());
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
        token: (/** @type {string | undefined} */ refused) => joined.then((customer) => customer.token(refused)),
        page: this.#page(),
        isHome: origin(this.server) === home,
        customer: () => this.#customer?.number,
        accounts,
        tell: (/** @type {string} */ name, /** @type {string} */ detail) => stay === this.#stay && this.#tell(name, JSON.parse(detail)),
        open: () => this.open(),
        left: () => (this.account || this.banner) && this.#dialog?.close(),
        renew: this.#again,
      });
      if (this.#attended) this.#mounted.attend();
    } catch (error) {
      const [code, detail] = await diagnose(error);
      await speaking.catch(() => {});
      if (stay !== this.#stay) return;
      // There may have been a deployment since the page was loaded.
      if (code === "file_missing" && !this.#renewed) this.#renew();
      else this.#fail(code, detail, error);
    }
  }

  /**
   * Returns the customer, once there is a source of tokens. With a link there is none, and no token.
   * @param {unknown} stay
   * @returns {Promise<Customer>}
   */
  async #join(stay) {
    const source = this.#ask ?? this.getAttribute("token-url") ?? this.#given ?? (await inTime(this.#asking.promise));
    if (this.link || stay !== this.#stay) return new Promise(() => {});
    return (this.#customer = Customer.join(this.server, source, this.#member, this.#given));
  }

  /** Requests a token from the page, or else from `token-url`. A failure of the page's means that the customer is signed out. */
  async #request() {
    const url = this.getAttribute("token-url");
    if (!this.#ask) return url && fetchToken(url);
    try {
      return await this.#ask();
    } catch {}
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

  /** Returns the URL of the server's own page; empty if this is that page or `server` isn't this script's origin. */
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
    // While the bank window is open, the dialog is not modal, so that it does not cover or block that window.
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
    // It may have been reopened in the meantime.
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
    this.#root.replaceChildren(trouble(code, detail, this.#lines, this.#page(), this.#again));
    this.#root.hidden = false;
    if (this.#attended) focusHeading(this.#root);
    addEventListener("online", this.#again, { once: true });
    this.#shown.resolve();
    this.#tell("error", { code, request_id: null });
  }
}

mirror(BankRelink.prototype);

// A page may load the script twice.
if (!customElements.get("bank-relink")) customElements.define("bank-relink", BankRelink);

// For an older copy, which imports the current names of the files.
export { files };

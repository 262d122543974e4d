// @ts-check
// Defines <bank-relink>: shows a placeholder at once, and loads the program when the element comes near the viewport.

import { choice, mirror, observed, origin, takeOver, untrusted } from "./attributes.js";
import { deferred, missing } from "./compatibility.js";
import { Customer } from "./customer.js";
import { address, files, home, program, renew } from "./program.js";
import { bringIntoView, card, focusHeading, heading, make } from "./shapes.js";
import { pageIsReady, tellPage } from "./tell.js";
import { fetchToken, inTime } from "./token.js";
import { diagnose, trouble } from "./trouble.js";
import { speak } from "./words.js";

/** @typedef {import("./attributes.js").Mirrored} Mirrored */

class BankRelink extends /** @type {new () => HTMLElement & Mirrored} */ (HTMLElement) {
  static observedAttributes = [...observed, "token"];

  #shadow = this.attachShadow({ mode: "open" });
  /** Container of the cards. */
  #root = make("div", "root");
  /** Place of the banner, which takes the focus from a button that is gone. */
  #notice = make("div", "place", { tabIndex: -1 });
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
  #watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.#load(), { rootMargin: "400px" });
  /** @type {Promise<void> | undefined} */
  #loading;
  /** @type {import("./program.js").Mounted | undefined} */
  #mounted;
  /** @type {string[]} */
  #lines = [];
  /** @type {any} */
  #ask;
  /** Resolves as soon as there is a source of tokens. @type {ReturnType<typeof deferred<unknown>>} */
  #asking = deferred();
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
  /** Resolves when a screen is shown. @type {ReturnType<typeof deferred<void>>} */
  #shown = deferred();
  /** `:state(ready)` in the page's styles: what was to be shown first is shown, and needs no place held any longer. */
  #states = this.attachInternals?.().states;
  /** True from the opening of a bank window until the customer leaves its result. */
  #held = false;
  /** Meaning of the attributes when the conversation started. */
  #choice = "";
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
    if (!this.#stay) this.#begin();
    // Moved in the page, with which a modal dialog is one no longer.
    else if (this.#dialog?.open) this.#show(!this.#owes());
  }

  disconnectedCallback() {
    // Later, because moving is removing and inserting.
    setTimeout(() => this.#endIfGone());
  }

  /**
   * @param {string} name
   * @param {string | null} _before
   * @param {string | null} value
   */
  attributeChangedCallback(name, _before, value) {
    // Later, because frameworks set one after the other.
    if (name !== "token") return queueMicrotask(() => this.#chooseAgain());
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

  /** True while the page still has to be told the result of a bank window. */
  #owes() {
    return this.#held && !this.#ended;
  }

  #endIfGone() {
    if (this.#stay && !this.isConnected && !this.#owes()) this.#end();
  }

  /** Starts anew if the attributes have another meaning, but interrupts nothing. */
  #chooseAgain() {
    if (this.#stay && this.#choice !== choice(this) && !this.#held) this.#anew();
  }

  /** Returns the customer's token, or a promise of it; called whenever one is needed. */
  get getToken() {
    return this.#ask;
  }

  set getToken(ask) {
    this.#ask = ask;
    if (ask) this.#asking.resolve(ask);
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
    const level = this.headingLevel || null;
    this.#root.replaceChildren(card("opening", null, heading({ ariaLevel: level }), make("span", "progress")));
    this.#notice.replaceChildren(make("p", "spoken", { role: "status" }));
    this.#dialog = undefined;
    if (this.mode !== "inline") {
      this.#dialog = /** @type {any} */ (make("dialog", "dialog", { onclose: () => this.#closed() }, this.#root, this.#close));
      this.#dialog?.setAttribute("aria-labelledby", "heading");
    }
    // Where nothing else can be shown, the content stays.
    const content = missing || this.mode === "dialog" ? this.#content : "";
    this.#shadow.replaceChildren(link, content, ...(this.#dialog ? [this.#notice, this.#dialog] : [this.#root]));
    this.#stay = {};
    this.#held = false;
    this.#choice = choice(this);
    this.#shown = deferred();
    this.#states?.delete("ready");
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
    if (missing || attribute) {
      await speaking.catch(() => {});
      if (stay !== this.#stay) return;
      if (missing) this.#fail("old_browser", missing);
      else this.#fail("untrusted_attribute", `${attribute} leads to another origin: have a script set it`);
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
        headingLevel: this.headingLevel,
        isHome: origin(this.server) === origin(home),
        customer: () => this.#customer?.number,
        accounts,
        tell: (/** @type {string} */ name, /** @type {string} */ detail) => stay === this.#stay && this.#tell(name, JSON.parse(detail)),
        open: () => this.open(),
        pageIsReady,
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
    for (const part of [this.#root, this.#notice, this.#dialog])
      if (part) Object.assign(part, { lang: lines[0], dir: lines[LINE.direction] });
    this.#root.querySelector("h1")?.append(lines[LINE.loading]);
    this.#close.ariaLabel = lines[LINE.shell_close];
  }

  /** Returns the URL of the server's own page; empty if this is that page, or `server` has another origin than this script. */
  #page() {
    const isElsewhere = !location.href.startsWith(`${home}/`) && origin(this.server) === origin(home);
    return isElsewhere ? `${home}/${this.account && `?account=${this.account}`}` : "";
  }

  /**
   * @param {string} name
   * @param {any} detail
   */
  #tell(name, detail) {
    const isScreen = name === "screen";
    // The banner is drawn later than the accounts, which are in the dialog.
    const isEarly = detail.screen === "opening" || (this.banner && detail.screen === "browsing");
    if (name === "banner" || name === "error" || (isScreen && !isEarly)) this.#states?.add("ready");
    if (name === "banner") return;
    if (name === "open") {
      this.#held = true;
      this.#ended = false;
    }
    if (name === "error" || detail.screen === "browsing") this.#held = false;
    if (isScreen && detail.screen !== "opening") this.#shown.resolve();
    if (isScreen) {
      const heading = this.#root.querySelector("h1");
      if (heading && this.headingLevel) heading.ariaLevel = this.headingLevel;
      bringIntoView(this.#shadow);
    }
    setTimeout(() => {
      this.#chooseAgain();
      this.#endIfGone();
    });
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
    if (document.activeElement === document.body) this.#notice.focus();
  }

  /**
   * @param {string} code
   * @param {string} detail
   * @param {unknown} [error]
   */
  #fail(code, detail, error) {
    // The page has removed the element while it started; inserted again, it starts anew.
    if (!this.isConnected) return this.#end();
    console.error(`bank-relink: ${code} ${detail}`, error ?? "");
    this.#root.replaceChildren(trouble(code, detail, this.#lines, this.#page(), this.#again, this.headingLevel));
    if (code === "old_browser") this.#shadow.append(this.#content);
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

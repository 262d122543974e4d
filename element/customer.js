// @ts-check
// Customers of the page's elements. Elements with the same server and source of tokens share a customer: a token, the
// first list of accounts and, in the program, the stream of changes.

/** Time limit of a request in milliseconds. */
export const PATIENCE = 20000;
/** Age in milliseconds from which an element that joins asks for a token again: another person may have signed in. */
const NEW = 10000;

/**
 * @typedef {object} Member Element that shares the customer.
 * @property {() => Promise<unknown>} ask Requests a token.
 * @property {() => void} restart Starts the element anew, without a token that came with the page.
 */

/** @type {Customer[]} */
let customers = [];
let count = 0;

/**
 * Returns the customer that a token names, if it can be read. An account of Stripe's has two roles, each with its own, and two
 * connected accounts may have customers with the same identifier.
 * @param {string} token
 * @returns {string | undefined}
 */
function subject(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return [claims.stripe_account, claims.customer_account, claims.sub].join();
  } catch {}
}

export class Customer {
  /** Tells the program which elements share a customer. */
  number = ++count;
  /** @type {Set<Member>} */
  #members = new Set();
  /** Token, or the request for it. @type {Promise<unknown> | undefined} */
  #token;
  /** Token, once it is there. @type {string | undefined} */
  #known;
  /** Customer that the tokens name. @type {string | undefined} */
  #subject;
  /** Response with the accounts, of which members read copies. @type {Promise<Response | undefined> | undefined} */
  #accounts;
  #began = performance.now();

  /**
   * @param {string} server
   * @param {unknown} source
   */
  constructor(server, source) {
    this.server = server;
    this.source = source;
    customers.push(this);
  }

  /**
   * Returns the customer of this server and source, with the element as a member.
   * @param {string} server
   * @param {unknown} source Where tokens come from: `getToken`, or the URL in `token-url`.
   * @param {Member} member
   * @param {string | null} [given] Token that came with the page.
   */
  static join(server, source, member, given) {
    const customer = customers.find((one) => one.server === server && one.source === source) ?? new Customer(server, source);
    if (performance.now() > customer.#began + NEW) customer.#forget();
    customer.#members.add(member);
    // A renewed one of the same person is newer.
    if (given && (!customer.#token || subject(given) !== customer.#subject)) customer.take(given);
    return customer;
  }

  /** @param {Member} member */
  leave(member) {
    this.#members.delete(member);
    if (!this.#members.size) this.restart();
  }

  /**
   * Returns the token, or nothing if the customer is signed out. Rejects if the merchant does not respond.
   * @param {string} [refused] Token that the server has refused; another one is requested.
   */
  token(refused) {
    if (refused && refused === this.#known) this.#forget();
    return (this.#token ??= this.#ask());
  }

  /**
   * Takes another token. If it names someone else, all members start anew, so that nothing of one person is shown to
   * another.
   * @param {string} token
   * @returns {Promise<unknown>}
   */
  take(token) {
    const named = subject(token);
    if (this.#subject && named && named !== this.#subject) {
      this.restart(token);
      // Conversations with the other person end, and must not use this token.
      return new Promise(() => {});
    }
    this.#subject ??= named;
    this.#known = token;
    return (this.#token = Promise.resolve(token));
  }

  /** Returns the response with the accounts, requested with the first token; nothing if the customer is signed out. */
  async accounts() {
    const response = await (this.#accounts ??= this.#fetch());
    return response?.clone();
  }

  /** Requests a token again, because another person may have signed in, or nobody. */
  check() {
    this.#forget();
    this.token().then((token) => token || this.restart(), () => {});
  }

  /**
   * Ends, and starts all members anew.
   * @param {string} [token] Token to go on with.
   */
  restart(token) {
    customers = customers.filter((one) => one !== this);
    if (token) new Customer(this.server, this.source).take(token);
    // A copy, because members leave as they restart.
    for (const member of [...this.#members]) member.restart();
  }

  #forget() {
    this.#token = this.#known = this.#accounts = undefined;
    this.#began = performance.now();
  }

  async #ask() {
    let token;
    try {
      // Of the member that joined last, whose page is the newest.
      const answer = await [...this.#members].at(-1)?.ask();
      if (answer && typeof answer === "string") return this.take((token = answer));
    } finally {
      if (!token) this.#token = undefined;
    }
  }

  async #fetch() {
    let response;
    try {
      const token = await this.token();
      // A request that needs no CORS preflight: its body is text.
      const body = JSON.stringify({ token });
      if (token)
        response = await fetch(`${this.server}/api/accounts`, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
      return response;
    } finally {
      // Only an answer is shared with those who come later.
      if (!response?.ok) this.#accounts = undefined;
    }
  }
}

// The page comes from the back/forward cache.
addEventListener("pageshow", ({ persisted }) => persisted && customers.forEach((one) => one.check()));

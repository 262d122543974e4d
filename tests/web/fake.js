// A page under the tests' control: relink-server at the socket, Stripe.js, and the loader's side of the element.

import { Customer } from "../../element/customer.js";

const SERVERS = /^https:\/\/relink-\d+\.example\//;
const setTimeout = window.setTimeout;
const fetch = window.fetch;

let tests = 0;
let server, answers, calls, changes, bank, hurried;
let tokens, asked, source, events, told, root, region, beside, language, headingLevel;

/** Forgets the previous test. */
export function reset() {
  // A server of its own, so that no request of an earlier test's page counts as one of this test.
  server = `https://relink-${++tests}.example`;
  answers = new Map();
  calls = [];
  changes = undefined;
  hurried = false;
  tokens = ["token-1"];
  asked = 0;
  source = {};
  events = [];
  told = [];
  root?.remove();
  region?.remove();
  beside?.remove();
  beside = undefined;
  [root, region] = ["div", "div"].map((tag) => document.body.appendChild(document.createElement(tag)));
  region.tabIndex = -1;
  region.innerHTML = "<p role=status></p>";
  language = { words: "", locale: "en-US" };
  headingLevel = "";
  sessionStorage.clear();
  document.querySelectorAll("script[src^=blob]").forEach((tag) => tag.remove());
  delete window.Stripe;
  bank = Promise.withResolvers();
  window.openBank = (secret, account) => {
    calls.push({ name: "BANK", body: account ? `${secret} for ${account}` : secret });
    return bank.promise;
  };
}

// ---- relink-server

/** Answers the next request for this path, and all later ones until another answer is set. */
export function answer(request, status, body) {
  const queue = answers.get(request) ?? [];
  answers.set(request, [...queue, { status, body }]);
}

/** Replaces all answers for this path. */
export function answerFromNowOn(request, status, body) {
  answers.set(request, [{ status, body }]);
}

window.fetch = async (resource, options) => {
  // The test runner's own files.
  if (!SERVERS.test(resource.url ?? resource)) return fetch(resource, options);
  const request = new Request(resource, options);
  const { method, url, headers } = request;
  if (!url.startsWith(server)) throw new TypeError("the server of an earlier test");
  const name = `${method} ${url.slice(server.length)}`;
  const call = { name, body: "", token: null, hasPreflight: hasPreflight(method, headers) };
  // At once, so that calls are in the order in which they were made.
  calls.push(call);
  const { token, ...fields } = JSON.parse((await request.text()) || "{}");
  Object.assign(call, { token, body: JSON.stringify(fields) });
  if (name === "POST /api/changes") return streamOfChanges(request.signal);
  const queue = answers.get(name);
  if (!queue) throw new TypeError(`no answer to ${name}`);
  const { status, body } = queue.length > 1 ? queue.shift() : queue[0];
  if (status === 0) throw new TypeError("Failed to fetch");
  return new Response(status === 204 ? null : body, { status });
};

/** True if a browser asks another origin before it sends this request: Fetch standard, "CORS-safelisted". */
function hasPreflight(method, headers) {
  const isSafe = ([name, value]) =>
    ["accept", "accept-language", "content-language"].includes(name) ||
    (name === "content-type" && /^(text\/plain|application\/x-www-form-urlencoded|multipart\/form-data)(;|$)/.test(value));
  return !["GET", "HEAD", "POST"].includes(method) || ![...headers].every(isSafe);
}

function streamOfChanges(signal) {
  let closed = false;
  const body = new ReadableStream({
    start(controller) {
      changes = { send: (text) => controller.enqueue(new TextEncoder().encode(text)), isOpen: () => !closed };
      signal.addEventListener("abort", () => {
        if (closed) return;
        closed = true;
        controller.error(signal.reason);
      });
    },
  });
  return new Response(body);
}

export const isListening = () => changes?.isOpen() ?? false;
export const sendChange = () => changes.send("data: {}\n\n");

/** Returns what was requested: method and path, or `BANK` and the client secret. */
export const requests = () => calls.map(({ name }) => name).join("\n");
export const preflights = () => calls.filter(({ hasPreflight }) => hasPreflight).map(({ name }) => name).join("\n");
export const bodies = (request) => calls.filter(({ name }) => name === request).map(({ body }) => body).join("\n");
/** Returns the tokens of the requests whose bodies have been read, each empty if there was none. */
export const tokensSent = () => calls.filter(({ token }) => token !== null).map(({ token }) => token ?? "").join("\n");

// ---- Stripe.js

/** Returns the URL of a Stripe.js whose window is closed by `closeBank`. */
export function stripeJs() {
  const source = `window.Stripe = (key, options) => ({
    collectFinancialConnectionsAccounts: ({ clientSecret }) => window.openBank(clientSecret, options.stripeAccount),
  });`;
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}

/** Returns the URL of a script that fails to load. */
export const blockedScript = () => "https://127.0.0.1:1/stripe.js";

/** Closes the bank window; `result` is what Stripe.js reports, as JSON. */
export function closeBank(result) {
  const { resolve } = bank;
  bank = Promise.withResolvers();
  resolve(JSON.parse(result));
}

// ---- the loader

export function speak(words, locale) {
  language = { words, locale };
}

/** Sets the tokens that the merchant's page returns, one after the other; an empty one means signed out. */
export function giveTokens(list) {
  tokens = list.split(",");
}

async function ask() {
  asked += 1;
  const token = tokens.length > 1 ? tokens.shift() : tokens[0];
  if (token === "unreachable") throw Error("token-url: 500");
  return token || null;
}

/** Number of tokens that the page was asked for. */
export const tokensAsked = () => asked;

export function host(account, link, hasBanner, ownPage) {
  return joined(root, { account, server, link }, hasBanner ? region : null, ownPage);
}

/** A second element of the same customer in the page, or of another one. */
export function hostBeside(isSame) {
  beside = document.body.appendChild(document.createElement("div"));
  if (!isSame) source = {};
  return joined(beside, { account: "", server, link: "" }, null, "");
}

export const screenBeside = () => beside.querySelector("section")?.dataset.screen ?? "";
export const namesBeside = (role) => withRole(role, beside).map(name).join("\n");

function joined(root, element, notice, page) {
  const member = { ask, restart: () => told.push("restart") };
  const customer = Customer.join(server, source, member);
  const accounts = element.link ? undefined : customer.accounts();
  accounts?.catch(() => {});
  return {
    root,
    notice,
    ...language,
    element,
    token: (refused) => customer.token(refused),
    customer: () => customer.number,
    page,
    headingLevel,
    isHome: true,
    accounts,
    tell: (name, detail) => events.push(`${name} ${detail}`),
    open: () => told.push("open"),
    pageIsReady: async () => {},
    left: () => told.push("left"),
    renew: () => told.push("renew"),
  };
}

export const eventsTold = () => events.join("\n");
export const callsToHost = () => told.join(" ");

// ---- the customer, who knows the page by role and name

const ROLES = { button: "button", heading: "h1, h2", link: "a", listitem: "li", status: "[role=status]", paragraph: "p" };

const clean = (text) => text.replace(/[\u2066-\u2069]/g, "").replace(/\s+/g, " ").trim();

function name(element) {
  const label = element.getAttribute("aria-label");
  if (label) return clean(label);
  const copy = element.cloneNode(true);
  copy.querySelectorAll("[aria-hidden=true]").forEach((part) => part.remove());
  return clean(copy.textContent);
}

const withRole = (role, place = root) => [...place.querySelectorAll(ROLES[role])];

/** Returns the names of all elements with this role. */
export const names = (role) => withRole(role).map(name).join("\n");
export const find = (role, wanted) => withRole(role).find((one) => name(one) === wanted);
export const startingWith = (role, begin) => withRole(role).find((one) => name(one).startsWith(begin));
export const banner = () => (region.querySelector("section") ? name(region.querySelector("section")) : "");
export const findInBanner = (role, wanted) => withRole(role, region).find((one) => name(one) === wanted);
export const saidByBanner = () => name(region.querySelector("[role=status]"));
export const regionHasFocus = () => document.activeElement === region;
export function setHeadingLevel(level) {
  headingLevel = level;
}

/** Returns the buttons whose name does not begin with what is written on them, digits aside: they are read as words. */
export const misnamed = () =>
  withRole("button")
    .filter((one) => !name(one).toLowerCase().includes(clean(one.innerText).toLowerCase()) && one.hasAttribute("aria-label"))
    .map((one) => `${clean(one.innerText)}: ${name(one)}`)
    .join("\n");
export const bannersLevel = () => region.querySelector("h2").getAttribute("aria-level") ?? "";
export const said = () => name(root.querySelector("[role=status]"));
export const screen = () => root.querySelector("section")?.dataset.screen ?? "";
export const everything = () => name(root);
export const isBusy = () => root.querySelector(".progress") !== null;
export const html = () => root.innerHTML;

/** Returns the role and name of the focused element. */
export function focused() {
  const element = document.activeElement;
  if (!root.contains(element)) return "";
  const role = Object.keys(ROLES).find((role) => element.matches(ROLES[role]));
  return `${role} ${name(element)}`;
}

export function doubleClick(element) {
  for (const detail of [1, 2]) element.dispatchEvent(new MouseEvent("click", { bubbles: true, detail }));
}

// ---- the browser

export function setOnline(is) {
  Object.defineProperty(navigator, "onLine", { value: is, configurable: true });
  if (is) dispatchEvent(new Event("online"));
}

/** Lets timers of up to a minute end at once, for pauses that no test waits for. */
export function hurry() {
  hurried = true;
}

window.setTimeout = (callback, delay) => setTimeout(callback, hurried ? 0 : delay);

// A page under the tests' control, and scripts that imitate Stripe.js.

const createElement = document.createElement;
const addEventListener = EventTarget.prototype.addEventListener;
const removeEventListener = EventTarget.prototype.removeEventListener;
const setTimeout = window.setTimeout;
const clearTimeout = window.clearTimeout;

let added = [];
let listening = 0;
let timers = new Set();
let delays = [];
let hurried = false;
let frozen = false;

const isScript = (node) => node instanceof HTMLScriptElement;
const scriptsOf = (records) => records.flatMap((record) => Array.from(record.addedNodes)).filter(isScript);
const note = (records) => added.push(...scriptsOf(records));
const observer = new MutationObserver(note);

/** Removes every script of the previous test, and resets the counters. */
export function reset() {
  note(observer.takeRecords());
  added.forEach((tag) => tag.remove());
  observer.takeRecords();
  observer.observe(document, { childList: true, subtree: true });
  added = [];
  listening = 0;
  timers = new Set();
  delays = [];
  hurried = false;
  frozen = false;
  delete window.Stripe;
  delete window.scriptRuns;
  delete document.readyState;
  document.createElement = createElement;
  EventTarget.prototype.addEventListener = function (...args) {
    if (isScript(this)) listening += 1;
    return addEventListener.apply(this, args);
  };
  EventTarget.prototype.removeEventListener = function (...args) {
    if (isScript(this)) listening -= 1;
    return removeEventListener.apply(this, args);
  };
  window.setTimeout = (callback, delay) => {
    delays.push(delay);
    const handle = frozen ? -delays.length : setTimeout(callback, hurried ? 0 : delay);
    hurried = false;
    timers.add(handle);
    return handle;
  };
  window.clearTimeout = (handle) => {
    timers.delete(handle);
    clearTimeout(handle);
  };
}

/** Returns the URL of a script with this source, which also counts its runs. */
export function script(source) {
  const counted = `window.scriptRuns = (window.scriptRuns ?? 0) + 1;\n${source}`;
  return URL.createObjectURL(new Blob([counted], { type: "text/javascript" }));
}

/** Returns the URL of a Stripe.js whose collectFinancialConnectionsAccounts has this body. */
export function stripeScript(body) {
  return script(`
    window.Stripe = function (key, options) {
      if (new.target) throw new Error("Stripe is called without new");
      return { collectFinancialConnectionsAccounts({ clientSecret, ...rest }) { ${body} } };
    };`);
}

export const scriptRuns = () => window.scriptRuns ?? 0;

export function scriptsAdded() {
  note(observer.takeRecords());
  return added.length;
}

export function scriptsInPage() {
  scriptsAdded();
  return added.filter((tag) => tag.isConnected).length;
}

export const listenersLeft = () => listening;
export const timersLeft = () => timers.size;

/** Returns the delays in milliseconds of all timers that were set, in order. */
export const delaysAsked = () => delays.join();

/** Makes the next timer fire at once, whatever its delay. */
export function hurryNextTimer() {
  hurried = true;
}

/** Adds a tag like the page's author would, without waiting for it. */
export function addTag(url, type) {
  const tag = createElement.call(document, "script");
  tag.async = true;
  if (type) tag.type = type;
  tag.src = url;
  document.head.append(tag);
}

/** Like addTag, but waits until the script has run or failed. */
export function addTagAndWait(url) {
  addTag(url);
  const tag = document.head.lastElementChild;
  return new Promise((resolve) => {
    addEventListener.call(tag, "load", resolve);
    addEventListener.call(tag, "error", resolve);
  });
}

/** From now on scripts are never fetched, so that they neither load nor fail. */
export function swallowScripts() {
  document.createElement = function (...args) {
    const element = createElement.apply(document, args);
    if (isScript(element)) element.type = "text/plain";
    return element;
  };
}

export function answerScriptsAgain() {
  document.createElement = createElement;
}

/** Makes the next script that is added to the page report a load error. */
export function failNextScript() {
  swallowScripts();
  const next = new MutationObserver((records) => {
    const [tag] = scriptsOf(records);
    if (!tag) return;
    next.disconnect();
    answerScriptsAgain();
    tag.dispatchEvent(new Event("error"));
  });
  next.observe(document, { childList: true, subtree: true });
}

/** From now on the page reports that its own scripts are not done, and no timer fires. */
export function pretendLoading() {
  frozen = true;
  Object.defineProperty(document, "readyState", { value: "interactive", configurable: true });
}

/** Reports that the page's own scripts are done, as soon as there is a listener on one of them. */
export async function finishLoadingOnceHeard() {
  while (listening === 0) await new Promise(requestAnimationFrame);
  delete document.readyState;
  window.dispatchEvent(new Event("load"));
}

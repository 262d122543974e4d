// A page under the tests' control, and scripts that stand in for Stripe.js.

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

/** Forgets every script of the test before, and counts from here. */
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

/** The address of a script with this source, which also counts its runs. */
export function script(source) {
  const counted = `window.scriptRuns = (window.scriptRuns ?? 0) + 1;\n${source}`;
  return URL.createObjectURL(new Blob([counted], { type: "text/javascript" }));
}

/** A Stripe.js whose collectFinancialConnectionsAccounts has this body. */
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

/** The milliseconds of every timer that was set, in order. */
export const delaysAsked = () => delays.join();

/** The next timer ends at once, whatever its delay. */
export function hurryNextTimer() {
  hurried = true;
}

/** Puts a tag into the page as its author would, without waiting for it. */
export function addTag(url, type) {
  const tag = createElement.call(document, "script");
  tag.async = true;
  if (type) tag.type = type;
  tag.src = url;
  document.head.append(tag);
}

/** As addTag, and waits until the script has run or failed. */
export function addTagAndWait(url) {
  addTag(url);
  const tag = document.head.lastElementChild;
  return new Promise((resolve) => {
    addEventListener.call(tag, "load", resolve);
    addEventListener.call(tag, "error", resolve);
  });
}

/** From here on scripts are never fetched, so that they neither load nor fail. */
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

/** The next script that comes into the page reports that it could not be fetched. */
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

/** From here on the page says that its own scripts are not all done, and no timer ends. */
export function pretendLoading() {
  frozen = true;
  Object.defineProperty(document, "readyState", { value: "interactive", configurable: true });
}

/** The page's own scripts are done, as soon as somebody listens to one of them. */
export async function finishLoadingOnceHeard() {
  while (listening === 0) await new Promise(requestAnimationFrame);
  delete document.readyState;
  window.dispatchEvent(new Event("load"));
}

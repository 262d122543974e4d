// The bank window: receives the client secret from the page's Stripe.js, shows one screen at a time, and returns the
// session when it closes. The client secret is only in this module's memory.

import { done, failed, nothing, wrongAccount } from './end_screens.js';
import { call, plain } from './calls.js';
import { choice } from './choice.js';
import { consent, institution, unavailable } from './start_screens.js';
import { element, keepFocusIn, showScreen } from './dom.js';
import { login, prompt } from './login.js';
import { entered, manualEntry } from './manual_entry.js';
import { left, popUp } from './pop_up.js';
import { setLocale, text } from './translations.js';

const SCREENS = {
  consent, institution, unavailable, login, prompt, popUp, left, choice, done, wrongAccount, nothing, failed,
  manualEntry, entered,
};

const place = document.getElementById('screen');
const problem = document.getElementById('problem');
const status = document.getElementById('status');
const closeButton = document.getElementById('close');
const backButton = document.getElementById('back');

const MILLISECONDS_UNTIL_SLOW = 600;

let started = false;

// The embedding page sends the secret together with a port that only it and this window hold.
window.addEventListener('message', ({ origin, source, data, ports: [port] }) => {
  if (started || source !== window.parent || source === window || !port) return;
  if (data === null || typeof data !== 'object' || data.kind !== 'sandbox-bank') return;
  started = true;
  localize(data.locale);
  new BankWindow(port, origin, data).open();
});

localize('auto');
if (window.parent === window) {
  place.append(element('h1', {}, text('empty_heading')), element('p', {}, text('empty_text')));
  closeButton.hidden = true;
}

function localize(locale) {
  setLocale(locale);
  document.title = text('title');
  document.getElementById('notice').textContent = text('notice');
  closeButton.ariaLabel = text('close_window');
  backButton.ariaLabel = text('back');
}

class BankWindow {
  #port;
  #caller;
  #clientSecret;
  // What the page asks for; sent with each call that depends on it.
  #wish;
  // Intent that the window collects a payment method for, or `deferred` if there is none yet; the sandbox makes the
  // session then.
  #target;
  #closing = false;
  #pending = false;
  #shown = null;
  #slow = null;

  constructor(port, origin, { publishableKey, clientSecret, locale, token, account, intent, deferred }) {
    this.#port = port;
    this.#caller = { publishableKey, account };
    this.#clientSecret = clientSecret;
    this.#wish = { token: token === true };
    this.#target = { intent, deferred };
    this.locale = locale;
    this.page = /^https?:/.test(origin) ? new URL(origin).host : '';
  }

  async open() {
    try {
      this.session = await this.#call('open', { ...this.#wish, ...this.#target });
      this.#clientSecret = this.session.client_secret ?? this.#clientSecret;
    } catch (error) {
      this.#port.postMessage({ kind: 'refused', error: plain(error) });
      return;
    }
    this.#port.postMessage({ kind: 'opened' });
    this.#port.onmessage = ({ data }) => {
      if (data.kind === 'close') this.close();
    };
    closeButton.addEventListener('click', () => this.close());
    backButton.addEventListener('click', () => this.#shown.back());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    keepFocusIn(document.getElementById('card'));
    // A new input clears the message about the last one.
    place.addEventListener('input', () => this.showError(''));
    this.show('consent');
  }

  // Shows a screen and focuses its heading.
  show(name, given) {
    if (this.#closing) return;
    this.#shown?.leave?.();
    this.#shown = SCREENS[name](this, given);
    this.showError('');
    backButton.hidden = this.#shown.back === null;
    showScreen(place, this.#shown);
  }

  showError(words) {
    problem.textContent = words;
    if (words !== '') problem.scrollIntoView({ block: 'nearest' });
  }

  // Calls the sandbox for one step; a second press is ignored while the call is in progress.
  async step(path, fields) {
    if (this.#pending || this.#closing) return null;
    this.#setPending(true);
    try {
      return await this.#call(path, path === 'enter' ? { ...fields, ...this.#wish } : fields);
    } catch (error) {
      this.showError(error.message ?? text('wrong'));
      return null;
    } finally {
      this.#setPending(false);
    }
  }

  // Shares these accounts.
  async connect(ids) {
    const answer = await this.step('choose', { holdings: ids });
    if (answer?.step === 'wrong_account') this.show('wrongAccount');
    if (answer?.step === 'connected') this.show('done', this.holdings.filter(({ id }) => ids.includes(id)));
  }

  async close() {
    if (this.#closing) return;
    this.#closing = true;
    this.#shown?.leave?.();
    try {
      const session = await this.#call('close', this.#wish);
      this.#port.postMessage({ kind: 'ended', session });
    } catch (error) {
      this.#port.postMessage({ kind: 'refused', error: plain(error) });
    }
  }

  // Shows a progress bar during a call, and announces a long call to screen readers.
  #setPending(busy) {
    this.#pending = busy;
    document.body.classList.toggle('busy', busy);
    clearTimeout(this.#slow);
    status.textContent = '';
    if (busy) this.#slow = setTimeout(() => { status.textContent = text('waiting'); }, MILLISECONDS_UNTIL_SLOW);
  }

  #call(path, fields) {
    return call(path, this.#caller, { client_secret: this.#clientSecret, ...fields });
  }
}

// The bank window: receives the client secret from the page's Stripe.js, shows one screen after the
// other, and hands back the session when it closes. The secret lives in this module's memory only.

import { afterScreens } from './after.js';
import { beforeScreens } from './before.js';
import { choiceScreen } from './choice.js';
import { element } from './dom.js';

const place = document.getElementById('screen');
const problem = document.getElementById('problem');
const closeButton = document.getElementById('close');

let begun = false;

// Whoever frames this window sends the secret with a port that only the two of us hold.
window.addEventListener('message', ({ source, data, ports: [port] }) => {
  if (begun || source !== window.parent || source === window || !port) return;
  if (data === null || typeof data !== 'object' || data.kind !== 'sandbox-bank') return;
  begun = true;
  new BankWindow(port, data.publishableKey, data.clientSecret).open();
});

if (window.parent === window) {
  place.append(element('h1', {}, 'Nothing to show here'));
  place.append(element('p', {}, 'The bank window is opened by a page that connects a bank account.'));
  closeButton.hidden = true;
}

class BankWindow {
  #port;
  #publishableKey;
  #clientSecret;
  #closing = false;
  #busy = false;

  constructor(port, publishableKey, clientSecret) {
    this.#port = port;
    this.#publishableKey = publishableKey;
    this.#clientSecret = clientSecret;
    this.screens = { ...beforeScreens, choice: choiceScreen, ...afterScreens };
  }

  async open() {
    let opened;
    try {
      opened = await this.#post('open', {});
    } catch (error) {
      this.#port.postMessage({ kind: 'refused', error: plain(error) });
      return;
    }
    this.session = opened;
    this.#port.postMessage({ kind: 'opened' });
    this.#port.onmessage = ({ data }) => {
      if (data.kind === 'close') this.close();
    };
    closeButton.addEventListener('click', () => this.close());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    // What was wrong is no longer said once the customer changes something.
    place.addEventListener('input', () => this.say(''));
    this.show('consent');
  }

  // Puts a screen up and moves the focus to its heading.
  show(name, given) {
    const [label, heading, ...parts] = this.screens[name](this, given);
    this.say('');
    place.dataset.screen = label;
    place.replaceChildren(heading, ...parts.filter((part) => part !== null));
    heading.addEventListener('blur', () => heading.removeAttribute('tabindex'), { once: true });
    heading.focus();
    window.scrollTo(0, 0);
  }

  say(text) {
    problem.textContent = text;
    if (text !== '') problem.scrollIntoView({ block: 'nearest' });
  }

  // One step on the sandbox's side; a second press while it is under way does nothing.
  async step(path, fields) {
    if (this.#busy || this.#closing) return null;
    this.#busy = true;
    try {
      return await this.#post(path, fields);
    } catch (error) {
      this.say(error.message);
      return null;
    } finally {
      this.#busy = false;
    }
  }

  async close() {
    if (this.#closing) return;
    this.#closing = true;
    try {
      this.#port.postMessage({ kind: 'ended', session: await this.#post('close', {}) });
    } catch (error) {
      this.#port.postMessage({ kind: 'refused', error: plain(error) });
    }
  }

  async #post(path, fields) {
    let answer;
    try {
      answer = await fetch(`/bank/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#publishableKey}` },
        body: JSON.stringify({ client_secret: this.#clientSecret, ...fields }),
      });
    } catch {
      throw { type: 'api_connection_error', message: 'The sandbox did not answer. Try again.' };
    }
    const body = await answer.json();
    if (!answer.ok) throw body.error;
    return body;
  }
}

// What Stripe.js may hand on: data that a message can carry.
function plain(error) {
  const known = { type: error.type ?? 'api_error', message: error.message ?? 'Something went wrong.' };
  return error.code ? { ...known, code: error.code, param: error.param } : known;
}

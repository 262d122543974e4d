// Login at a bank with its own pop-up window (OAuth), on the bank window's side. The two talk through a port; the
// client secret stays on this side.

import { CROSS, button, element, picture, screen } from './dom.js';
import { text } from './translations.js';

const URL_OF_POP_UP = '/bank/oauth';
const WINDOW_FEATURES = 'popup,width=480,height=760';
const POLL_MILLISECONDS = 250;

// For developers, so in English only: the same mistake breaks the windows of real banks.
const NO_REFERRER = 'Sandbox: the page sends no Referer to other origins. The windows of some banks need it: '
  + 'set Referrer-Policy to strict-origin or another value that sends the origin.';

export function popUp(bank) {
  const { name } = bank.institution;
  const waiting = element('p', { role: 'status' });
  const open = button(text('pop_up_open', { bank: name }), 'primary', () => {
    const opened = window.open(URL_OF_POP_UP, '_blank', WINDOW_FEATURES);
    if (opened) watch(opened);
    else blocked();
  });
  const link = element('a', { className: 'primary', href: URL_OF_POP_UP, target: '_blank', rel: 'opener' });
  link.textContent = text('pop_up_link', { bank: name });
  link.hidden = true;
  const session = new PopUpSession(bank);
  const watch = (opened) => {
    session.watch(opened);
    waiting.textContent = text('pop_up_waiting', { bank: name });
    open.textContent = text('pop_up_show');
    open.onclick = () => session.focus();
    open.hidden = false;
    link.hidden = true;
  };
  const blocked = () => {
    bank.showError(text('pop_up_blocked'));
    open.hidden = true;
    link.hidden = false;
    link.focus();
  };
  session.onConnected = watch;
  const parts = [
    element('p', {}, text('pop_up_text', { bank: name })),
    document.referrer === '' ? element('p', { className: 'warning', lang: 'en', dir: 'ltr' }, NO_REFERRER) : null,
    waiting,
    open,
    link,
  ];
  const back = () => bank.show('institution');
  return { ...screen('pop-up', text('pop_up_heading', { bank: name }), parts, back), leave: () => session.end() };
}

// One use of the pop-up window, from its opening to its end.
class PopUpSession {
  #bank;
  #window = null;
  #port = null;
  #timer = null;
  #over = false;

  constructor(bank) {
    this.#bank = bank;
    window.addEventListener('message', this.#onHello);
  }

  // Answers the pop-up window's first message; the window may also have been opened by the link.
  #onHello = ({ origin, source, data }) => {
    if (origin !== window.location.origin || data?.kind !== 'sandbox-oauth' || !source) return;
    if (this.#window !== null && this.#window !== source) return;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data: said }) => this.#onMessage(said);
    const { institution, locale } = this.#bank;
    source.postMessage({ kind: 'begin', name: institution.name, locale }, origin, [port2]);
    if (this.#window === null) this.onConnected(source);
  };

  watch(opened) {
    this.#window = opened;
    this.#timer = setInterval(() => {
      if (opened.closed) this.#left();
    }, POLL_MILLISECONDS);
  }

  focus() {
    this.#window.focus();
  }

  async #onMessage(said) {
    const { id } = this.#bank.institution;
    if (said.kind === 'sign_in') {
      let answer = await this.#bank.step('sign_in', { institution: id, password: said.password });
      // Prompts are skipped here, because the bank's own window would show them itself.
      if (answer?.step === 'asked') answer = await this.#bank.step('answer', { answer: '' });
      if (answer?.step === 'failed') this.#finish(() => this.#bank.show('failed', 'no_authorization'));
      else this.#port.postMessage({ kind: 'signed_in', answer });
    }
    if (said.kind === 'share') this.#shared(said.holdings, said.all);
  }

  // Connects the shared accounts, or lets the customer choose if they are more than the limit.
  #shared(ids, all) {
    const { limit } = this.#bank.session;
    this.#bank.holdings = all.filter(({ id }) => ids.includes(id));
    this.#finish(() => {
      if (this.#bank.holdings.length === 0) this.#bank.show('nothing');
      else if (limit !== null && ids.length > limit) this.#bank.show('choice');
      else this.#bank.connect(ids);
    });
  }

  #left() {
    this.#finish(async () => {
      const { id } = this.#bank.institution;
      if ((await this.#bank.step('leave', { institution: id })) !== null) this.#bank.show('left');
    });
  }

  #finish(next) {
    if (this.#over) return;
    this.end();
    next();
  }

  end() {
    this.#over = true;
    clearInterval(this.#timer);
    window.removeEventListener('message', this.#onHello);
    this.#port?.postMessage({ kind: 'close' });
    this.#port?.close();
  }
}

// Screen after the pop-up window was closed too early.
export function left(bank) {
  const { name } = bank.institution;
  const again = () => bank.show('popUp');
  const parts = [
    picture('danger', CROSS),
    element('p', {}, text('left_text', { bank: name })),
    button(text('try_again'), 'primary', again),
    button(text('close'), 'quiet', () => bank.close()),
  ];
  return screen('left', text('left_heading'), parts, again);
}

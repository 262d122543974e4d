// The bank's own window (OAuth): the customer signs in and chooses accounts. It talks to the bank window that opened
// it through a port, and has neither the session nor a key.

import { element, field, form, keepFocusIn, showScreen, screen, submit } from './dom.js';
import { accountRows, chosen } from './account_rows.js';
import { setLocale, text } from './translations.js';

const place = document.getElementById('screen');
const problem = document.getElementById('problem');

// For developers, so in English only: the same mistake breaks the windows of real banks.
const NO_OPENER = 'Sandbox: this is what Cross-Origin-Opener-Policy: same-origin of the page does. '
  + 'Use same-origin-allow-popups.';

let port = null;
let name = '';

window.addEventListener('message', ({ origin, source, data, ports: [given] }) => {
  if (port !== null || origin !== window.location.origin || source !== window.opener) return;
  if (data?.kind !== 'begin' || !given) return;
  port = given;
  name = data.name;
  port.onmessage = ({ data: said }) => onMessage(said);
  localize(data.locale);
  show(signIn());
});

localize('auto');
if (window.opener === null) {
  show(screen('empty', text('empty_heading'), [
    element('p', {}, text('oauth_lost')),
    element('p', { className: 'warning', lang: 'en', dir: 'ltr' }, NO_OPENER),
  ]));
} else {
  window.opener.postMessage({ kind: 'sandbox-oauth' }, window.location.origin);
}
keepFocusIn(document.getElementById('card'));
place.addEventListener('input', () => showError(''));

function localize(locale) {
  setLocale(locale);
  document.title = text('title');
  document.getElementById('notice').textContent = text('notice');
}

function show(made) {
  showError('');
  showScreen(place, made);
}

function showError(words) {
  problem.textContent = words;
}

function onMessage({ kind, answer }) {
  if (kind === 'close') window.close();
  if (kind !== 'signed_in') return;
  document.body.classList.remove('busy');
  if (answer === null) showError(text('wrong'));
  else if (answer.step === 'incorrect') showError(text('login_incorrect', { bank: name }));
  else show(accounts(answer.holdings));
}

function signIn() {
  const send = ({ password }) => {
    document.body.classList.add('busy');
    port.postMessage({ kind: 'sign_in', password: password.value });
  };
  return screen('login', text('oauth_sign_in', { bank: name }), [
    element('p', {}, text('login_any')),
    form(
      send,
      field(text('username'), { name: 'username', type: 'text', autocomplete: 'off', spellcheck: false }),
      field(text('password'), { name: 'password', type: 'password', autocomplete: 'off' }),
      submit(text('sign_in')),
    ),
  ]);
}

function accounts(holdings) {
  const legend = element('legend', {}, text('oauth_legend', { bank: name }));
  const rows = element('fieldset', {}, legend, ...accountRows(holdings, 'checkbox'));
  const share = () => {
    const ids = chosen(rows);
    if (ids.length === 0 && holdings.length > 0) showError(text('choice_first'));
    else port.postMessage({ kind: 'share', holdings: ids, all: holdings });
  };
  const parts = [form(share, rows, submit(text('oauth_share')))];
  return screen('accounts', text('oauth_heading'), parts);
}

// Switches: one control for each field of /_sandbox/settings, including fields without a description here.

import { adminApi, showError, showMessage } from './calls.js';
import { button, el, select } from './dom.js';
import { refresh, markSubmitted } from './state.js';

const WORDS = {
  cancellation: ['plain', 'with_result', 'failed'],
  client_account_object: ['financial_connections.account', 'linked_account'],
  client_relink_result: ['present', 'absent'],
  completed_status: ['succeeded', 'completed'],
  payload: ['snapshot', 'thin'],
  relink_result: ['absent', 'null'],
  signature: ['right', 'wrong', 'missing', 'rolled', 'malformed'],
};

const MEANINGS = {
  accounts_need_holder: 'A list of accounts must name a holder',
  api_version: 'Version of deliveries; empty is the endpoint’s',
  both_set: 'A failed relink names the authorization, too',
  cancellation: 'Status of a cancelled relink',
  changed_ids: 'A relink gives the accounts new ids',
  client_account_object: 'Value of object in accounts of Stripe.js',
  client_relink_result: 'Presence of relink_result in Stripe.js',
  completed_status: 'Status of a successful session',
  decline_setup_intents: 'Setup intents are declined',
  delay: 'Seconds until the first attempt',
  duplicates: 'Further copies of each event',
  endpoint_rate_limit: 'Calls per second for each endpoint; empty is unlimited',
  event_version: 'Version of events; empty is the reader’s',
  lose: 'Next deliveries that are never sent',
  mail_refusal: 'SMTP reply to recipients, such as 550 no; empty accepts them',
  modal_bank_window: 'The bank window is a modal dialog',
  new_authorization: 'A relink gives a new authorization',
  no_hosted_relink: 'The merchant has no hosted relink',
  payload: 'Snapshot or thin events',
  pending_reads: 'Reads of an ended session that still return pending',
  rate_limit: 'Calls per second; empty is unlimited',
  refresh_fails: 'Refreshes fail',
  refresh_reads: 'Reads until a refresh is done',
  refresh_seconds: 'Seconds until a refresh is done',
  relink_result: 'relink_result before the relink ends',
  reorder: 'Deliveries held, then sent in reverse',
  retries: 'Seconds between attempts, as [60, 300]; empty is Stripe’s',
  secret_seconds: 'Lifetime of a client secret in seconds; empty is as long as its session',
  secret_single_use: 'A client secret opens one window only',
  session_page_size: 'Accounts shown in a session; empty is all',
  setup_intent_requires_action: 'Setup intents require an action',
  signature: 'Signature of deliveries',
  signature_age: 'Age of a signature in seconds',
  timeout: 'Timeout of an endpoint in seconds',
};

const NUMBERS = ['endpoint_rate_limit', 'rate_limit', 'secret_seconds', 'session_page_size'];

export const switches = {
  read: ({ state }) => state.settings,
  draw: (settings) => switchboard('settings', settings),
};

// `where` is settings or webhooks.
export function switchboard(where, settings) {
  const set = async (name, value) => {
    try {
      await adminApi(where, { [name]: value });
      showMessage(`${MEANINGS[name] ?? name}: ${value === null ? 'default' : value}.`);
    } catch (error) {
      showError(error.message);
    }
    refresh();
  };
  const resetAll = async () => {
    const all = Object.fromEntries(Object.keys(settings).map((name) => [name, null]));
    try {
      await adminApi(where, all);
      showMessage('All switches were reset to their defaults.');
    } catch (error) {
      showError(error.message);
    }
    refresh();
  };
  const rows = (isThere) => Object.entries(settings)
    .filter(([, value]) => isThere(typeof value === 'boolean'))
    .map(([name, value]) => row(name, value, (given) => set(name, given)));
  return el(
    'div',
    {},
    el('div', { className: 'switches' }, ...rows((isBoolean) => isBoolean)),
    el('div', { className: 'switches' }, ...rows((isBoolean) => !isBoolean)),
    button('Reset to defaults', resetAll),
  );
}

function row(name, value, set) {
  const meaning = el('span', {}, MEANINGS[name] ?? name, el('code', {}, name));
  const made = control(name, value, set);
  const inline = made.type === 'checkbox';
  return el('label', { className: inline ? 'switch' : 'field', data: { switch: name } }, ...(inline ? [made, meaning] : [meaning, made]));
}

function control(name, value, set) {
  if (typeof value === 'boolean') {
    return el('input', { type: 'checkbox', checked: value, onchange: ({ target }) => set(target.checked) });
  }
  if (WORDS[name]) {
    const made = select(name, WORDS[name], value);
    made.addEventListener('change', () => {
      markSubmitted(made);
      set(made.value);
    });
    return made;
  }
  const isNumber = typeof value === 'number' || NUMBERS.includes(name);
  const shown = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : value;
  const made = el('input', { type: isNumber ? 'number' : 'text', value: shown });
  made.addEventListener('change', () => {
    markSubmitted(made);
    set(read(made, isNumber));
  });
  return made;
}

function read({ value }, isNumber) {
  const text = value.trim();
  if (text === '') return null;
  if (isNumber) return Number(text);
  // A list is parsed; any other text is validated by the sandbox.
  return /^\[[\d\s,]*\]$/.test(text) ? JSON.parse(text) : text;
}

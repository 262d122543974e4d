// Switches: one control for each field of /_sandbox/settings, including fields without a description here.

import { behind, complain, say } from './calls.js';
import { button, el, select } from './dom.js';
import { refresh, taken } from './state.js';

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
  cancellation: 'How a cancelled relink reads',
  changed_ids: 'A relink gives the accounts new ids',
  client_account_object: 'What Stripe.js calls an account',
  client_relink_result: 'Does Stripe.js hand on relink_result?',
  completed_status: 'Status of a session that went well',
  decline_setup_intents: 'Set-ups of payments are declined',
  delay: 'Seconds until the first try',
  duplicates: 'Further copies of each event',
  endpoint_rate_limit: 'Calls a second for each endpoint; empty is any number',
  event_version: 'Version of events; empty is the reader’s',
  lose: 'Next deliveries that are never sent',
  mail_refusal: 'What the mail server says to an address, as 550 no; empty takes the mail',
  new_authorization: 'A relink gives a new authorization',
  no_hosted_relink: 'The merchant has no hosted relink',
  payload: 'Snapshot or thin events',
  pending_reads: 'Reads of an ended session that still say pending',
  rate_limit: 'Calls a second; empty is any number',
  refresh_fails: 'Refreshes fail',
  refresh_reads: 'Reads until a refresh is done',
  refresh_seconds: 'Seconds until a refresh is done',
  relink_result: 'relink_result while there is none',
  reorder: 'Deliveries kept back, then sent in reverse',
  retries: 'Seconds between tries, as [60, 300]; empty is Stripe’s',
  secret_seconds: 'Seconds that a client secret works; empty is as long as its session',
  secret_single_use: 'A client secret opens one window only',
  session_page_size: 'Accounts shown in a session; empty is all',
  setup_intent_requires_action: 'Set-ups of payments need one more step',
  signature: 'Signature of deliveries',
  signature_age: 'Seconds that a signature is old',
  timeout: 'Seconds that an endpoint may take',
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
      await behind(where, { [name]: value });
      say(`${MEANINGS[name] ?? name}: ${value === null ? 'as usual' : value}.`);
    } catch (error) {
      complain(error.message);
    }
    refresh();
  };
  const usual = async () => {
    const all = Object.fromEntries(Object.keys(settings).map((name) => [name, null]));
    await behind(where, all).catch((error) => complain(error.message));
    say('All of these switches are as usual.');
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
    button('All as usual', usual),
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
      taken(made);
      set(made.value);
    });
    return made;
  }
  const isNumber = typeof value === 'number' || NUMBERS.includes(name);
  const shown = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : value;
  const made = el('input', { type: isNumber ? 'number' : 'text', value: shown });
  made.addEventListener('change', () => {
    taken(made);
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

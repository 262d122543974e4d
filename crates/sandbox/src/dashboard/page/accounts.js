// Customers and their accounts, with the changes that a bank could make.

import { adminApi, showError, showMessage } from './calls.js';
import { badge, button, code, day, el, fold, form, labelled, select } from './dom.js';
import { link } from './bank_window.js';
import { refresh } from './state.js';

const CAUSES = [
  'access_expired', 'access_denied', 'account_closed', 'account_unavailable', 'institution_requirement',
  'unspecified',
];
const ACTIONS = [['relink_required', 'the customer can repair it'], ['none', 'nothing can repair it']];
const DAY = 86400;

export const accounts = {
  read: ({ state: { accounts: all, customers } }) => ({ all, customers }),
  draw: ({ all, customers }) => {
    const holders = new Map(customers.map(({ id, name }) => [id, name]));
    for (const { account_holder: holder } of all) {
      const id = idOf(holder);
      if (!holders.has(id)) holders.set(id, null);
    }
    return [...holders].map(([id, name]) => customer(id, name, all.filter((one) => idOf(one.account_holder) === id)));
  },
};

function idOf(holder) {
  return holder === null ? '' : holder.customer ?? holder.account ?? holder.customer_account;
}

function customer(id, name, owned) {
  const title = name ?? (id === '' ? 'No account holder' : id);
  const broken = owned.filter(({ status }) => status === 'inactive').length;
  const count = `${owned.length} account${owned.length === 1 ? '' : 's'}${broken > 0 ? `, ${broken} broken` : ''}`;
  const head = el('header', {}, el('h3', {}, title), id === '' ? null : code(id), el('span', { className: 'muted' }, count));
  const more = id === '' ? null : button('Link a bank', () => link({ customer: id }), { about: `for ${title}` });
  return el('article', { className: 'card', ariaLabel: title }, head, el('ul', { className: 'accounts' }, ...owned.map(account)), more);
}

function account(one) {
  const name = `${one.institution_name} ••${one.last4}`;
  return el(
    'li',
    { data: { account: one.id } },
    el('div', { className: 'line' }, el('strong', {}, name), el('span', {}, one.display_name ?? ''), state(one)),
    el('div', { className: 'line muted' }, code(one.id), ...details(one)),
    fold(`account ${one.id}`, el('span', {}, 'Change', el('span', { className: 'unseen' }, ` ${name}`)), controls(one, name)),
  );
}

function state({ status, status_details: { active, inactive } }) {
  if (status === 'disconnected') return badge('off', 'Disconnected');
  if (status === 'inactive') {
    const repairable = inactive?.action === 'relink_required';
    return repairable ? badge('warn', 'Inactive, relink required') : badge('danger', 'Inactive, not repairable');
  }
  return active ? badge('wait', 'Expiring') : badge('ok', 'Active');
}

function details({ status_details: { active, inactive }, account_numbers: numbers, permissions }) {
  const parts = [];
  const { cause } = inactive ?? active ?? {};
  if (cause) parts.push(el('span', {}, cause.replaceAll('_', ' ')));
  if (active) parts.push(el('span', {}, 'until ', day(active.expected_deactivation_date)));
  for (const { identifier_type: type, status, expected_expiry_date: date } of numbers ?? []) {
    if (type !== 'tokenized_account_number') continue;
    parts.push(el('span', {}, `number ${status}`, ...(date ? [status === 'expired' ? ' since ' : ' until ', day(date)] : [])));
  }
  parts.push(el('span', {}, permissions.join(', ').replaceAll('_', ' ')));
  return parts;
}

function controls(one, name) {
  const change = async (fields, words) => {
    try {
      await adminApi(`accounts/${one.id}`, fields);
      showMessage(`${name} ${words}.`);
    } catch (error) {
      showError(error.message);
    }
    refresh();
  };
  const deactivate = form(
    `Deactivate ${name}`,
    ({ cause, action }) => change({ status: 'inactive', cause: cause.value, action: action.value }, 'is inactive now'),
    el('div', { className: 'row end' },
      labelled('Cause', select('cause', CAUSES)), labelled('Repair', select('action', ACTIONS)),
      el('button', { className: 'danger' }, 'Deactivate now')),
  );
  const announce = form(
    `Announce the end of ${name}`,
    ({ days, why }) => change(
      { status: 'active', expected_deactivation_date: seconds(Number(days.value)), cause: why.value },
      'stops working soon',
    ),
    el('div', { className: 'row end' },
      labelled('Stops working in days', el('input', { name: 'days', type: 'number', min: 1, value: 12 })),
      labelled('Cause', select('why', ['access_expired', 'institution_requirement', 'unspecified'])),
      el('button', {}, 'Announce')),
  );
  const number = (status, days) => [{
    identifier_type: 'tokenized_account_number', status, expected_expiry_date: seconds(days),
  }];
  const { authorization } = one;
  return el(
    'div',
    { className: 'controls' },
    deactivate,
    announce,
    el(
      'div',
      { className: 'row' },
      button('Reactivate', () => change({ status: 'active' }, 'is active'), { about: name }),
      button('Expire its account number', () => change({ account_numbers: number('expired', 0) }, 'has an expired number'), { about: name }),
      button('Number expires in 20 days', () => change({ account_numbers: number('transactable', 20) }, 'has a number that expires soon'), { about: name }),
      button('Disconnect', () => change({ status: 'disconnected' }, 'is disconnected'), { about: name }),
    ),
    el(
      'div',
      { className: 'row' },
      button('Relink as customer', () => link({ holder: one.account_holder, authorization, account: one.id, permissions: one.permissions }), { about: name, look: 'primary' }),
      button('Relink any account at this bank', () => link({ holder: one.account_holder, authorization, permissions: one.permissions }), { about: name }),
    ),
  );
}

// Reads the sandbox's time from the page at the moment of the press.
function seconds(days) {
  const now = document.querySelector('#clock .now time');
  return Math.floor(Date.parse(now.dateTime) / 1000) + days * DAY;
}

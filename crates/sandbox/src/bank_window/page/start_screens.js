// Screens before the login: consent, choice of a bank, unavailable bank.

import { CLOCK, button, element, field, form, picture, screen } from './dom.js';
import { manualEntryButton } from './manual_entry.js';
import { text } from './translations.js';

export function consent(bank) {
  const { institutions, permissions, expected_last4: last4 } = bank.session;
  const [only, ...others] = institutions;
  const name = others.length === 0 ? only.name : null;
  const items = permissions.map((permission) => element('li', {}, text(permission)));
  const asks = { page: bank.page || text('the_page'), bank: name };
  return screen('consent', name ? text('consent_heading', { bank: name }) : text('consent_heading_any'), [
    element('p', {}, text(name ? 'consent_asks' : 'consent_asks_any', asks)),
    element('ul', { className: 'shared' }, ...items),
    last4 ? element('p', {}, text('consent_expected', { last4 })) : null,
    element('p', { className: 'muted' }, text('consent_later')),
    button(text('consent_agree'), 'primary', () => bank.show('institution')),
  ]);
}

export function institution(bank) {
  const { institutions } = bank.session;
  const back = () => bank.show('consent');
  if (institutions.length > 1) {
    const note = element('p', { className: 'muted' }, text('institution_note'));
    const parts = [note, ...search(bank, institutions), manualEntryButton(bank)];
    return screen('institution', text('institution_heading'), parts, back);
  }
  const [only] = institutions;
  const parts = [
    element('p', {}, text('institution_only', { bank: only.name })),
    button(text('institution_continue', { bank: only.name }), 'primary', () => pick(bank, only)),
    manualEntryButton(bank),
  ];
  return screen('institution', only.name, parts, back);
}

function pick(bank, one) {
  bank.institution = one;
  if (one.outage) bank.show('unavailable');
  else bank.show(one.login === 'pop_up' ? 'popUp' : 'login');
}

// A field that filters the list of banks while the customer types; Enter chooses the only bank left.
function search(bank, institutions) {
  const rows = institutions.map((one) => {
    const choose = button(one.name, 'secondary', () => pick(bank, one));
    choose.dataset.institution = one.id;
    return { names: [one.name, ...(one.other_names ?? [])].map(words), row: element('li', {}, choose) };
  });
  const found = element('p', { className: 'muted', role: 'status' });
  const input = field(text('institution_search'), {
    name: 'search', type: 'text', autocomplete: 'off', spellcheck: false,
  });
  const narrow = ({ target }) => {
    const wanted = words(target.value);
    const fits = ({ names }) => names.some((name) => matches(name, wanted));
    for (const one of rows) one.row.hidden = !fits(one);
    found.textContent = wanted.length === 0 ? '' : counted(rows.filter(fits).length);
  };
  const choose = () => {
    const left = rows.filter(({ row }) => !row.hidden);
    if (left.length === 1) left[0].row.querySelector('button').click();
  };
  const box = form(choose, input, found);
  box.addEventListener('input', narrow);
  return [box, element('ul', { className: 'rows' }, ...rows.map(({ row }) => row))];
}

// Splits a text into lowercase words: "Bank (Non-OAuth)" becomes bank, non, oauth.
function words(typed) {
  return typed.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

// True if every typed word is a prefix of a word of the name, in any order.
function matches(name, wanted) {
  return wanted.every((word) => name.some((part) => part.startsWith(word)));
}

function counted(count) {
  if (count === 0) return text('institution_none');
  return count === 1 ? text('institution_one') : text('institution_some', { count });
}

export function unavailable(bank) {
  const { name, outage } = bank.institution;
  const others = bank.session.institutions.length > 1;
  const choose = () => bank.show('institution');
  const parts = [
    picture('warn', CLOCK),
    element('p', {}, text(`unavailable_${outage}`)),
    others ? button(text('another_bank'), 'primary', choose) : null,
    button(text('close'), others ? 'quiet' : 'primary', () => bank.close()),
  ];
  return screen('unavailable', text('unavailable_heading', { bank: name }), parts, choose);
}

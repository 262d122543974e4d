// Rows of accounts to choose from.

import { element } from './dom.js';
import { text } from './translations.js';

// Creates a row per account; `type` is radio or checkbox.
export function accountRows(holdings, type) {
  return holdings.map(({ id, name, last4 }) => element(
    'label',
    { className: 'choice', data: { last4 } },
    element('input', { type, name: 'holding', value: id }),
    element('span', { className: 'name' }, name),
    element('span', { className: 'digits', ariaHidden: 'true', dir: 'ltr' }, `••${last4}`),
    element('span', { className: 'unseen' }, text('ending_in', { last4 })),
  ));
}

// Returns the ids of the chosen accounts.
export function chosen(place) {
  return [...place.querySelectorAll('input[name=holding]:checked')].map((input) => input.value);
}

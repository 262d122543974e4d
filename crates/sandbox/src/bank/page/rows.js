// Accounts to choose from, a row each.

import { element } from './dom.js';
import { text } from './texts.js';

// `type` is radio or checkbox.
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

// The ids of those that are chosen.
export function chosen(place) {
  return [...place.querySelectorAll('input[name=holding]:checked')].map((input) => input.value);
}

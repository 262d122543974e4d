// Final screens: done, wrong account, nothing to share, failed.

import { CHECK, CROSS, button, element, picture, screen } from './dom.js';
import { text } from './translations.js';

export function done(bank, connected) {
  const { name } = bank.institution;
  const row = ({ name: account, last4 }) => {
    const digits = element('span', { dir: 'ltr', ariaHidden: 'true' }, `••${last4}`);
    const spoken = element('span', { className: 'unseen' }, text('ending_in', { last4 }));
    return element('li', {}, `${account} `, digits, spoken);
  };
  return screen('done', text('done_heading'), [
    picture('ok', CHECK),
    element('p', {}, text('done_shares', { bank: name })),
    element('ul', { className: 'shared' }, ...connected.map(row)),
    button(text('done'), 'primary', () => bank.close()),
  ]);
}

export function wrongAccount(bank) {
  const last4 = bank.session.expected_last4;
  const again = () => bank.show(bank.institution.login === 'pop_up' ? 'popUp' : 'choice');
  return screen('wrong-account', text('wrong_heading', { last4 }), [
    picture('danger', CROSS),
    element('p', {}, text('wrong_text', { last4 })),
    button(text('wrong_again'), 'primary', again),
    button(text('close'), 'quiet', () => bank.close()),
  ]);
}

export function nothing(bank) {
  return ended(bank, 'nothing', text('nothing_heading'), text('nothing_text', { bank: bank.institution.name }));
}

export function failed(bank, reason) {
  const values = { bank: bank.institution.name };
  return ended(bank, 'failed', text(`failed_${reason}_heading`, values), text(`failed_${reason}_text`, values));
}

function ended(bank, name, heading, words) {
  return screen(name, heading, [
    picture('danger', CROSS),
    element('p', {}, words),
    button(text('close'), 'primary', () => bank.close()),
  ]);
}

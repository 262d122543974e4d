// The screens that end it: done, another account than the one asked for, nothing to share, failed.

import { button, element, picture, screen } from './dom.js';

const CHECK = 'M20 33l8 8 16-18';
const CROSS = 'M23 23l18 18M41 23L23 41';

function done(bank, connected) {
  const { name } = bank.institution;
  const rows = connected.map(({ name: account, last4 }) => element('li', {}, `${account} ••${last4}`));
  return screen(
    'done',
    'Connected',
    picture('ok', CHECK),
    element('p', {}, `${name} shares:`),
    element('ul', { className: 'shared' }, ...rows),
    button('Done', 'primary', () => bank.close()),
  );
}

function wrongAccount(bank) {
  const last4 = bank.session.expected_last4;
  return screen(
    'wrong-account',
    `This isn't the account ••${last4}`,
    picture('danger', CROSS),
    element('p', {}, `The page asked for the account ending in ${last4}. Nothing was changed.`),
    button('Choose another account', 'primary', () => bank.show('choice')),
    button('Close', 'quiet', () => bank.close()),
  );
}

function nothing(bank) {
  return screen(
    'nothing',
    'There is no account to share',
    picture('danger', CROSS),
    element('p', {}, `${bank.institution.name} has no account of yours that fits. Nothing was changed.`),
    button('Close', 'primary', () => bank.close()),
  );
}

const FAILED = {
  no_authorization: () => ["The sign-in wasn't finished", 'The bank ended it. Nothing was changed.'],
  other: (name) => [`${name} couldn't complete this`, 'The bank had a problem. Nothing was changed.'],
};

function failed(bank, reason) {
  const [heading, text] = FAILED[reason](bank.institution.name);
  return screen(
    'failed',
    heading,
    picture('danger', CROSS),
    element('p', {}, text),
    button('Close', 'primary', () => bank.close()),
  );
}

export const afterScreens = { done, wrongAccount, nothing, failed };

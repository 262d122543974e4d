// The screen on which accounts are chosen: one with radio buttons, several with checkboxes.

import { element, screen } from './dom.js';

export function choiceScreen(bank) {
  const { limit } = bank.session;
  const one = limit === 1;
  const rows = bank.holdings.map((holding) => row(holding, one ? 'radio' : 'checkbox'));
  const form = element(
    'form',
    {},
    element('fieldset', {}, element('legend', {}, legend(limit)), ...rows),
    element('button', { type: 'submit', className: 'primary' }, one ? 'Connect account' : 'Connect accounts'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    connect(bank, [...form.querySelectorAll('input:checked')].map((input) => input.value));
  });
  return screen('choice', one ? 'Choose an account' : 'Choose accounts', form);
}

function legend(limit) {
  if (limit === null) return 'Choose the accounts to share.';
  return limit === 1 ? 'Choose the account to share.' : `Choose up to ${limit} accounts to share.`;
}

function row({ id, name, last4 }, type) {
  return element(
    'label',
    { className: 'choice', data: { last4 } },
    element('input', { type, name: 'holding', value: id }),
    element('span', { className: 'name' }, name),
    element('span', { className: 'digits', ariaHidden: 'true' }, `••${last4}`),
    element('span', { className: 'unseen' }, `ending in ${last4}`),
  );
}

async function connect(bank, holdings) {
  const { limit } = bank.session;
  if (holdings.length === 0) {
    bank.say('Choose an account first.');
    return;
  }
  if (limit !== null && holdings.length > limit) {
    bank.say(`Choose at most ${limit} accounts.`);
    return;
  }
  const answer = await bank.step('choose', { holdings });
  if (answer === null) return;
  if (answer.step === 'wrong_account') bank.show('wrongAccount');
  if (answer.step === 'connected') {
    bank.show('done', bank.holdings.filter((holding) => holdings.includes(holding.id)));
  }
}

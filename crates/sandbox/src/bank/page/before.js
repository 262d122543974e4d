// The screens up to the sign-in: consent, institution, login.

import { button, element, screen } from './dom.js';

const SHARED = {
  payment_method: 'Account details, to take payments or send payouts',
  balances: 'Balances',
  ownership: 'The name and address of the owner',
  transactions: 'Transactions',
};

function consent(bank) {
  const { institutions, permissions } = bank.session;
  const [only] = institutions;
  const name = institutions.length === 1 ? only.name : 'your bank';
  const items = permissions.map((permission) => element('li', {}, SHARED[permission] ?? permission));
  return screen(
    'consent',
    `Share your account at ${name}`,
    element('p', {}, `The page that opened this window asks to see, at ${name}:`),
    element('ul', { className: 'shared' }, ...items),
    element('p', { className: 'muted' }, 'It never sees your bank password. You choose the account later.'),
    button('Agree and continue', 'primary', () => bank.show('institution')),
  );
}

function institution(bank) {
  const { institutions } = bank.session;
  const pick = (one) => () => {
    bank.institution = one;
    bank.show('login');
  };
  if (institutions.length === 1) {
    const [only] = institutions;
    return screen(
      'institution',
      only.name,
      element('p', {}, `You sign in at ${only.name} next.`),
      button(`Continue to ${only.name}`, 'primary', pick(only)),
    );
  }
  const rows = institutions.map((one) => element('li', {}, button(one.name, 'secondary', pick(one))));
  return screen(
    'institution',
    'Choose your bank',
    element('p', {}, 'These banks exist in the sandbox only.'),
    element('ul', { className: 'rows' }, ...rows),
  );
}

function field(label, properties) {
  return element('label', { className: 'field' }, element('span', {}, label), element('input', properties));
}

function login(bank) {
  const { name } = bank.institution;
  const form = element(
    'form',
    { autocomplete: 'off', noValidate: true },
    field('User name', { name: 'username', type: 'text', autocomplete: 'off', spellcheck: false }),
    field('Password', { name: 'password', type: 'password', autocomplete: 'off' }),
    element('button', { type: 'submit', className: 'primary' }, 'Sign in'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    signIn(bank, form.elements.password);
  });
  return screen(
    'login',
    `Sign in to ${name}`,
    element('p', {}, 'Any user name and password will do, or none.'),
    form,
    controls(bank),
  );
}

async function signIn(bank, password) {
  const { id, name } = bank.institution;
  const answer = await bank.step('sign_in', { institution: id, password: password.value });
  if (answer === null) return;
  if (answer.step === 'failed') bank.show('failed', 'no_authorization');
  if (answer.step === 'incorrect') {
    bank.say(`${name} doesn't know this user name and password. Check them and try again.`);
    password.value = '';
    password.focus();
  }
  if (answer.step === 'choose') {
    bank.holdings = answer.holdings;
    bank.show(answer.holdings.length > 0 ? 'choice' : 'nothing');
  }
}

// What a tester uses in the place of a bank that behaves badly.
function controls(bank) {
  const fail = (reason) => async () => {
    if ((await bank.step('fail', { reason })) !== null) bank.show('failed', reason);
  };
  return element(
    'section',
    { className: 'controls', ariaLabel: 'Sandbox controls' },
    element('h2', {}, 'Sandbox controls'),
    element('p', { className: 'muted' }, 'For testing: no bank has these buttons.'),
    button('Leave the sign-in unfinished', 'secondary', fail('no_authorization')),
    button('Let the bank fail', 'secondary', fail('other')),
  );
}

export const beforeScreens = { consent, institution, login };

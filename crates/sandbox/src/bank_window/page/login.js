// Login in the bank window: user name and password, then additional input if the bank asks for it.

import { button, element, field, form, screen, submit } from './dom.js';
import { text } from './translations.js';

// Magic inputs of Stripe's testing guide.
const WORDS = ['incorrect', 'error', 'options', 'mfa', 'confirm_mfa', 'security_question'];

export function login(bank) {
  const { id, name } = bank.institution;
  const signIn = async ({ password }) => {
    const answer = await bank.step('sign_in', { institution: id, password: password.value });
    after(bank, answer, password, text('login_incorrect', { bank: name }));
  };
  const parts = [
    element('p', {}, text('login_any')),
    form(
      signIn,
      field(text('username'), { name: 'username', type: 'text', autocomplete: 'off', spellcheck: false }),
      field(text('password'), { name: 'password', type: 'password', autocomplete: 'off' }),
      submit(text('sign_in')),
    ),
    controls(bank),
  ];
  return screen('login', text('login_heading', { bank: name }), parts, () => bank.show('institution'));
}

function after(bank, answer, input, refusal) {
  if (answer === null) return;
  if (answer.step === 'failed') bank.show('failed', 'no_authorization');
  if (answer.step === 'asked') bank.show('prompt', answer.prompt);
  if (answer.step === 'incorrect') {
    bank.showError(refusal);
    input.value = '';
    input.focus();
  }
  if (answer.step === 'choose') {
    bank.holdings = answer.holdings;
    bank.show(answer.holdings.length > 0 ? 'choice' : 'nothing');
  }
}

const PROMPTS = {
  options: (send, name) => {
    const option = (way, at) => element(
      'label',
      { className: 'choice' },
      element('input', { type: 'radio', name: 'answer', value: way, checked: at === 0 }),
      element('span', { className: 'name' }, text(`options_${way}`)),
    );
    const legend = element('legend', {}, text('options_legend', { bank: name }));
    const ways = element('fieldset', {}, legend, ...['text', 'email', 'call'].map(option));
    return [form(send, ways, submit(text('options_send')))];
  },
  mfa: (send, name) => [
    element('p', {}, text('mfa_sent', { bank: name })),
    form(send, typed(text('mfa_code')), submit(text('go_on'))),
  ],
  confirm_mfa: (send, name) => [
    element('p', {}, text('confirm_mfa_sent', { bank: name })),
    button(text('confirm_mfa_done'), 'primary', () => send({})),
  ],
  security_question: (send) => [form(send, typed(text('security_question')), submit(text('go_on')))],
};

function typed(label) {
  return field(label, { name: 'answer', type: 'text', autocomplete: 'off', spellcheck: false });
}

// Asks for additional input. Another magic input typed here leads to the next prompt.
export function prompt(bank, kind) {
  const { name } = bank.institution;
  const send = async ({ answer: input }) => {
    const answer = await bank.step('answer', { answer: input?.value ?? '' });
    after(bank, answer, input, text('answer_incorrect', { bank: name }));
  };
  const made = screen('prompt', text(`${kind}_heading`), PROMPTS[kind](send, name), () => bank.show('login'));
  made.heading.dataset.prompt = kind;
  return made;
}

// Controls for testers, who use them to simulate bank failures.
export function controls(bank) {
  const fail = (reason) => async () => {
    if ((await bank.step('fail', { reason })) !== null) bank.show('failed', reason);
  };
  const word = (one) => [element('dt', {}, element('code', {}, one)), element('dd', {}, text(`word_${one}`))];
  const words = element('dl', {}, ...WORDS.flatMap(word));
  return element(
    'section',
    { className: 'controls', ariaLabel: text('controls') },
    element('h2', {}, text('controls')),
    element('p', { className: 'muted' }, text('controls_note')),
    button(text('controls_unfinished'), 'secondary', fail('no_authorization')),
    button(text('controls_fail'), 'secondary', fail('other')),
    element('details', {}, element('summary', {}, text('controls_words')), words),
  );
}

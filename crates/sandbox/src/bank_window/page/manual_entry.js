// Account numbers that the customer types in instead of signing in at a bank.

import { CHECK, button, element, field, form, picture, screen, submit } from './dom.js';
import { text } from './translations.js';

// Creates the button that leads there, or null if the session does not offer it.
export function manualEntryButton(bank) {
  const mode = bank.session.manual_entry;
  if (mode === undefined) return null;
  const leave = async () => {
    if ((await bank.step('enter', {})) !== null) bank.close();
  };
  return button(text('manual_enter'), 'quiet', mode === 'custom' ? leave : () => bank.show('manualEntry'));
}

export function manualEntry(bank) {
  const enter = async ({ routing_number: routing, account_number: number, account_type: type }) => {
    const [routing_number, account_number] = [routing.value.trim(), number.value.trim()];
    const entered = await bank.step('enter', { routing_number, account_number, account_type: type.value });
    if (entered !== null) bank.show('entered', account_number.slice(-4));
  };
  const digits = (name) => field(text(`manual_${name}`), {
    name: `${name}_number`, type: 'text', inputMode: 'numeric', autocomplete: 'off', spellcheck: false, dir: 'ltr',
  });
  const type = (value, at) => element(
    'label',
    { className: 'choice' },
    element('input', { type: 'radio', name: 'account_type', value, checked: at === 0 }),
    element('span', { className: 'name' }, text(`manual_${value}`)),
  );
  const legend = element('legend', {}, text('manual_type'));
  const types = element('fieldset', {}, legend, ...['checking', 'savings'].map(type));
  return screen('manual-entry', text('manual_heading'), [
    element('p', {}, text('manual_note')),
    form(enter, digits('routing'), digits('account'), types, submit(text('go_on'))),
  ], () => bank.show('institution'));
}

export function entered(bank, last4) {
  return screen('entered', text('entered_heading'), [
    picture('ok', CHECK),
    element('p', {}, text('entered_text', { last4 })),
    button(text('done'), 'primary', () => bank.close()),
  ]);
}

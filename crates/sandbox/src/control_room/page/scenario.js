// Saves and loads the whole state, and resets it.

import { behind, complain, say } from './calls.js';
import { button, el, labelled } from './dom.js';
import { refresh } from './state.js';

export const scenario = {
  read: () => null,
  draw: () => {
    const file = el('input', { type: 'file', accept: 'application/json,.json', onchange: ({ target }) => load(target) });
    return [
      el('p', { className: 'muted' }, 'A scenario is everything that is true here, without client secrets.'),
      el('div', { className: 'row end' },
        button('Save as a file', save, { look: 'primary' }),
        labelled('Load a file', file),
        button('Back to the start', reset, { look: 'danger' })),
    ];
  },
};

async function save() {
  try {
    const text = JSON.stringify(await behind('scenario'), null, 2);
    const href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    el('a', { href, download: 'scenario.json' }).click();
    URL.revokeObjectURL(href);
    say('The scenario was saved.');
  } catch (error) {
    complain(error.message);
  }
}

async function load(input) {
  const [file] = input.files;
  if (!file) return;
  try {
    await behind('scenario', JSON.parse(await file.text()));
    say(`${file.name} was loaded.`);
  } catch (error) {
    complain(`${file.name} could not be loaded: ${error.message}`);
  }
  input.value = '';
  refresh();
}

async function reset() {
  try {
    await behind('reset', {});
    say('Everything is as it was at the start.');
  } catch (error) {
    complain(error.message);
  }
  refresh();
}

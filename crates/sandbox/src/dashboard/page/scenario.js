// Saves and loads the whole state, and resets it.

import { adminApi, showError, showMessage } from './calls.js';
import { button, el, labelled } from './dom.js';
import { refresh } from './state.js';

export const scenario = {
  read: () => null,
  draw: () => {
    const file = el('input', { type: 'file', accept: 'application/json,.json', onchange: ({ target }) => load(target) });
    return [
      el('p', { className: 'muted' }, 'A scenario is the whole state without client secrets.'),
      el('div', { className: 'row end' },
        button('Save as a file', save, { look: 'primary' }),
        labelled('Load a file', file),
        button('Reset', reset, { look: 'danger' })),
    ];
  },
};

async function save() {
  try {
    const text = JSON.stringify(await adminApi('scenario'), null, 2);
    const href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    el('a', { href, download: 'scenario.json' }).click();
    URL.revokeObjectURL(href);
    showMessage('The scenario was saved.');
  } catch (error) {
    showError(error.message);
  }
}

async function load(input) {
  const [file] = input.files;
  if (!file) return;
  try {
    await adminApi('scenario', JSON.parse(await file.text()));
    showMessage(`${file.name} was loaded.`);
  } catch (error) {
    showError(`${file.name} could not be loaded: ${error.message}`);
  }
  input.value = '';
  refresh();
}

async function reset() {
  try {
    await adminApi('reset', {});
    showMessage('The sandbox was reset.');
  } catch (error) {
    showError(error.message);
  }
  refresh();
}

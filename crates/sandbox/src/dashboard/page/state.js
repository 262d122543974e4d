// Keeps the page up to date: polls the sandbox and redraws the parts that have changed.

import { adminApi, showError } from './calls.js';

const POLL_MILLISECONDS = 1500;

const parts = [];
let timer = null;
let failed = false;

// Adds a part. `read` selects its data from the whole state; `draw` creates its elements. A part with a control in
// use is redrawn after the control loses the focus.
export function part(place, read, draw) {
  const one = { place, read, draw, shown: null, waiting: false };
  place.addEventListener('focusout', () => {
    if (one.waiting) setTimeout(refresh);
  });
  parts.push(one);
}

export async function refresh() {
  clearTimeout(timer);
  try {
    const names = ['state', 'clock', 'deliveries', 'events', 'webhooks', 'requests'];
    const all = await Promise.all(names.map((name) => adminApi(name)));
    const state = Object.fromEntries(names.map((name, at) => [name, all[at]]));
    for (const one of parts) update(one, state);
    if (failed) showError('');
    failed = false;
  } catch (error) {
    failed = true;
    showError(error.message);
  }
  if (!document.hidden) timer = setTimeout(refresh, POLL_MILLISECONDS);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh();
});

function update(one, state) {
  const data = one.read(state);
  const text = JSON.stringify(data);
  if (text === one.shown) return;
  one.waiting = one.place.contains(document.activeElement) && isInUse(document.activeElement);
  if (one.waiting) return;
  one.shown = text;
  redraw(one, data);
}

// True while the user types or chooses, until the value was submitted.
function isInUse(control) {
  return control.matches('input:not([type="checkbox"]), select') && !('submitted' in control.dataset);
}

// Marks a control's value as submitted, so that it can be redrawn while it has the focus.
export function markSubmitted(control) {
  control.dataset.submitted = '';
  control.addEventListener('input', () => delete control.dataset.submitted, { once: true });
}

// Redraws a part; open details stay open, and the focus stays on the same control.
function redraw({ place, draw }, data) {
  const open = new Set([...place.querySelectorAll('details[open]')].map((fold) => fold.dataset.key));
  const focus = place.contains(document.activeElement) ? path(place, document.activeElement) : null;
  place.replaceChildren(...[draw(data)].flat().filter(Boolean));
  for (const fold of place.querySelectorAll('details')) fold.open = open.has(fold.dataset.key);
  if (focus !== null) find(place, focus)?.focus({ preventScroll: true });
}

// Returns the position of an element: the details around it and its index among their controls.
function path(place, element) {
  const around = element.closest('details') ?? place;
  return { key: around.dataset.key, at: controls(around).indexOf(element) };
}

function find(place, { key, at }) {
  const folds = [...place.querySelectorAll('details')];
  const around = key === undefined ? place : folds.find((fold) => fold.dataset.key === key);
  return around && controls(around)[at];
}

function controls(place) {
  return [...place.querySelectorAll('summary, button, input, select, a')];
}

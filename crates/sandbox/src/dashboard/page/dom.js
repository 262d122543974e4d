// DOM helpers.

// Creates an element with properties and children; null children are skipped.
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(made.dataset, value);
    else made[name] = value;
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

// Creates a small button; `about` adds context for screen readers.
export function button(text, onclick, { about = '', look = '' } = {}) {
  const made = el('button', { type: 'button', className: look, onclick }, text);
  if (about !== '') made.append(el('span', { className: 'unseen' }, ` ${about}`));
  return made;
}

export function select(name, options, chosen) {
  const made = el('select', { name });
  for (const option of options) {
    const [value, text] = Array.isArray(option) ? option : [option, option];
    made.append(el('option', { value, selected: value === chosen }, text));
  }
  return made;
}

// Places a label above its control.
export function labelled(text, control) {
  return el('label', { className: 'field' }, el('span', {}, text), control);
}

// Creates a form with a name for screen readers, that calls `onsubmit` with its controls by name.
export function form(ariaLabel, onsubmit, ...parts) {
  const made = el('form', { ariaLabel, autocomplete: 'off', noValidate: true }, ...parts);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    onsubmit(made.elements);
  });
  return made;
}

// Creates a collapsible part; `key` keeps it open when the page is redrawn.
export function fold(key, title, ...parts) {
  return el('details', { data: { key } }, el('summary', {}, title), ...parts);
}

export function code(text) {
  return el('code', {}, text);
}

const SHAPES = {
  ok: ['M4 10.5l4 4 8-9'],
  warn: ['M10 3l8 14H2z', 'M10 8.5v4', 'M10 14.5v.5'],
  danger: ['M10 2.5a7.5 7.5 0 100 15 7.5 7.5 0 000-15z', 'M5 5l10 10'],
  wait: ['M10 2.5a7.5 7.5 0 100 15 7.5 7.5 0 000-15z', 'M10 6v4.5l3 2'],
  off: ['M4 10h12'],
};

// Shows a state by shape, word and colour.
export function badge(tone, text) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [name, value] of [['viewBox', '0 0 20 20'], ['aria-hidden', 'true']]) svg.setAttribute(name, value);
  for (const shape of SHAPES[tone]) {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('d', shape);
    svg.append(path);
  }
  return el('span', { className: 'badge', data: { tone } }, svg, text);
}

// Shows Unix seconds in the reader's locale.
export function time(seconds) {
  const date = new Date(seconds * 1000);
  const shown = date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return el('time', { dateTime: date.toISOString() }, shown);
}

export function day(seconds) {
  const date = new Date(seconds * 1000);
  return el('time', { dateTime: date.toISOString() }, date.toLocaleDateString(undefined, { dateStyle: 'medium' }));
}

// DOM helpers; independent of banks.

// Creates an element with properties and children; null children are skipped.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(made.dataset, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Creates a button; `look` is primary, secondary or quiet.
export function button(text, look, onclick) {
  return element('button', { type: 'button', className: look, onclick }, text);
}

// Creates the submit button of a form.
export function submit(text) {
  return element('button', { type: 'submit', className: 'primary' }, text);
}

// Creates a form that calls `onsubmit` instead of being sent.
export function form(onsubmit, ...parts) {
  const made = element('form', { autocomplete: 'off', noValidate: true }, ...parts);
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    onsubmit(made.elements);
  });
  return made;
}

// Creates an input below its label.
export function field(label, properties) {
  return element('label', { className: 'field' }, element('span', {}, label), element('input', properties));
}

// Describes a screen: name for tests, heading, parts, and the action of its back button.
export function screen(name, heading, parts, back = null) {
  return { name, heading: element('h1', { tabIndex: -1 }, heading), parts, back };
}

// Draws a decorative 64 px picture from a path.
export function picture(tone, path) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const parts = [['circle', { cx: 32, cy: 32, r: 30, class: 'disc' }], ['path', { d: path, class: 'mark' }]];
  for (const [tag, attributes] of parts) {
    const part = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    svg.append(part);
  }
  const shown = { viewBox: '0 0 64 64', 'aria-hidden': 'true', class: 'picture', 'data-tone': tone };
  for (const [name, value] of Object.entries(shown)) svg.setAttribute(name, value);
  return svg;
}

export const CHECK = 'M20 33l8 8 16-18';
export const CROSS = 'M23 23l18 18M41 23L23 41';
export const CLOCK = 'M32 18v14l9 7';

// Shows a screen and focuses its heading.
export function showScreen(place, { name, heading, parts }) {
  place.dataset.screen = name;
  place.replaceChildren(heading, ...parts.filter((part) => part !== null));
  heading.addEventListener('blur', () => heading.removeAttribute('tabindex'), { once: true });
  heading.focus();
  window.scrollTo(0, 0);
}

// Focus trap: Tab cycles within the window, because the page behind it can't be used while it is open.
export function keepFocusIn(place) {
  place.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || event.altKey || event.ctrlKey || event.metaKey) return;
    const stops = [...place.querySelectorAll('button, input, a[href], summary')].filter(isStop);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const [end, start] = event.shiftKey ? [first, last] : [last, first];
    if (document.activeElement !== end) return;
    event.preventDefault();
    start.focus();
  });
}

// True if Tab stops at the element: of radio buttons, only at the checked one, or at all while none is checked.
function isStop(element) {
  if (element.disabled || element.getClientRects().length === 0) return false;
  if (element.type !== 'radio' || element.checked) return true;
  return !element.form.querySelector(`input[name="${element.name}"]:checked`);
}

// Makes elements. Knows nothing of banks.

// An element with properties and children; a child that is null is left out.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(made.dataset, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// A real button; `look` is primary, secondary or quiet.
export function button(text, look, onclick) {
  return element('button', { type: 'button', className: look, onclick }, text);
}

// A screen: its name for tests, its heading, its parts.
export function screen(name, heading, ...parts) {
  return [name, element('h1', { tabIndex: -1 }, heading), ...parts];
}

// A 64 px picture, drawn from a path; it only decorates.
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

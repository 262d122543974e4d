// The inbox: polls for emails every second and shows one as an email client would: the newest, until the reader chooses.

const POLL_MILLISECONDS = 1000;
const list = document.getElementById('mails');
const place = document.getElementById('mail');
const status = document.getElementById('said');
let shown = '';
let chosen = location.hash !== '';
let known = [];

function el(name, fields = {}, ...children) {
  const made = Object.assign(document.createElement(name), fields);
  made.append(...children);
  return made;
}

function time(seconds) {
  return new Date(seconds * 1000).toLocaleString();
}

function row(email) {
  const made = el(
    'button',
    { type: 'button', onclick: () => choose(email.id) },
    el('strong', { dir: 'auto' }, email.subject || '(no subject)'),
    el('span', {}, `to ${email.to}`),
    el('span', {}, time(email.received_at)),
  );
  made.dataset.mail = email.id;
  if (email.id === shown) made.setAttribute('aria-current', 'true');
  return made;
}

function renderList(emails) {
  const ids = emails.map(({ id }) => id);
  if (ids.join() === known.map(({ id }) => id).join()) return;
  known = emails;
  const focused = document.activeElement?.dataset?.mail;
  list.replaceChildren(...emails.map(row));
  if (focused) list.querySelector(`[data-mail="${focused}"]`)?.focus();
  status.textContent = emails.length === 1 ? '1 email' : `${emails.length} emails`;
}

function part(title, ...children) {
  return el('details', {}, el('summary', {}, title), ...children);
}

function choose(id) {
  chosen = true;
  location.hash = id;
  open(id);
}

function open(id) {
  const email = known.find((one) => one.id === id);
  if (!email) return;
  shown = id;
  for (const one of list.children) {
    if (one.dataset.mail === id) one.setAttribute('aria-current', 'true');
    else one.removeAttribute('aria-current');
  }
  const parts = [el('h2', { dir: 'auto' }, email.subject), el('p', {}, `${email.from} → ${email.to}, ${time(email.received_at)}`)];
  if (email.html) {
    const frame = el('iframe', { title: 'The email as HTML', src: `/_sandbox/mails/${id}/html` });
    frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
    parts.push(frame);
  }
  const text = part('As text', el('pre', {}, email.text ?? ''));
  text.open = !email.html;
  const headers = email.headers.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  parts.push(text, part('Headers', el('dl', {}, ...headers)));
  place.replaceChildren(...parts);
}

async function poll() {
  try {
    renderList(await (await fetch('/_sandbox/mails')).json());
    const wanted = chosen ? location.hash.slice(1) : known[0]?.id;
    if (wanted && shown !== wanted) open(wanted);
  } catch {
    status.textContent = 'The sandbox does not answer.';
  }
  setTimeout(poll, POLL_MILLISECONDS);
}

poll();

// The inbox: polls for emails every second and shows one as an email client would.

const PAUSE = 1000;
const list = document.getElementById('mails');
const place = document.getElementById('mail');
const said = document.getElementById('said');
let shown = '';
let known = [];

function el(name, fields = {}, ...children) {
  const made = Object.assign(document.createElement(name), fields);
  made.append(...children);
  return made;
}

function time(seconds) {
  return new Date(seconds * 1000).toLocaleString();
}

function row(mail) {
  const made = el(
    'button',
    { type: 'button', onclick: () => open(mail.id) },
    el('strong', { dir: 'auto' }, mail.subject || '(no subject)'),
    el('span', {}, `to ${mail.to}`),
    el('span', {}, time(mail.received_at)),
  );
  made.dataset.mail = mail.id;
  if (mail.id === shown) made.setAttribute('aria-current', 'true');
  return made;
}

function draw(mails) {
  const ids = mails.map(({ id }) => id);
  if (ids.join() === known.map(({ id }) => id).join()) return;
  known = mails;
  const focused = document.activeElement?.dataset?.mail;
  list.replaceChildren(...mails.map(row));
  if (focused) list.querySelector(`[data-mail="${focused}"]`)?.focus();
  said.textContent = mails.length === 1 ? '1 mail' : `${mails.length} mails`;
}

function part(title, ...children) {
  return el('details', {}, el('summary', {}, title), ...children);
}

function open(id) {
  const mail = known.find((one) => one.id === id);
  if (!mail) return;
  shown = id;
  location.hash = id;
  for (const one of list.children) {
    if (one.dataset.mail === id) one.setAttribute('aria-current', 'true');
    else one.removeAttribute('aria-current');
  }
  const parts = [el('h2', { dir: 'auto' }, mail.subject), el('p', {}, `${mail.from} → ${mail.to}, ${time(mail.received_at)}`)];
  if (mail.html) {
    const frame = el('iframe', { title: 'The mail as HTML', src: `/_sandbox/mails/${id}/html` });
    frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
    parts.push(frame);
  }
  const text = part('As text', el('pre', {}, mail.text ?? ''));
  text.open = !mail.html;
  const headers = mail.headers.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  parts.push(text, part('Headers', el('dl', {}, ...headers)));
  place.replaceChildren(...parts);
}

async function look() {
  try {
    draw(await (await fetch('/_sandbox/mails')).json());
    const wanted = location.hash.slice(1);
    if (!shown && wanted) open(wanted);
  } catch {
    said.textContent = 'The sandbox does not answer.';
  }
  setTimeout(look, PAUSE);
}

look();

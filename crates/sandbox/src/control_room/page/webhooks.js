// Webhook endpoints, events, deliveries, and webhook faults.

import { api, behind, complain, say } from './calls.js';
import { badge, button, code, el, fold, form, labelled, time } from './dom.js';
import { refresh, taken } from './state.js';
import { switchboard } from './switches.js';

const SHOWN = 25;
const TONES = { delivered: 'ok', succeeded: 'ok', waiting: 'wait', pending: 'wait', failed: 'danger', lost: 'off' };

const fresh = adder();

export const webhooks = {
  read: ({ state, events, deliveries, webhooks: settings }) => (
    { endpoints: state.webhook_endpoints, events, deliveries: deliveries.slice(0, SHOWN), settings }),
  draw: ({ endpoints, events, deliveries, settings }) => [
    el('h3', {}, 'Endpoints'),
    endpoints.length === 0 ? nothing('None: events are sent nowhere.') : el('ul', { className: 'list' }, ...endpoints.map(endpoint)),
    fresh,
    el('h3', {}, 'Deliveries'),
    deliveries.length === 0 ? nothing('None yet.') : el('ul', { className: 'list' }, ...deliveries.map(delivery)),
    el('h3', {}, 'Events'),
    events.length === 0 ? nothing('Nothing has happened yet.') : el('ul', { className: 'list' }, ...events.slice(0, SHOWN).map(event)),
    fold('webhook switches', 'How deliveries go wrong', switchboard('webhooks', settings)),
  ],
};

function nothing(text) {
  return el('p', { className: 'muted' }, text);
}

async function attempt(act, words) {
  try {
    await act();
    say(words);
  } catch (error) {
    complain(error.message);
  }
  refresh();
}

function endpoint({ id, url, status, api_version: version }) {
  const remove = () => attempt(() => api('DELETE', `webhook_endpoints/${id}`), `${url} gets no more events.`);
  return el(
    'li',
    {},
    el('div', { className: 'line' }, code(url), badge(status === 'enabled' ? 'ok' : 'off', status), button('Remove', remove, { about: url })),
    el('div', { className: 'line muted' }, code(id), el('span', {}, version ?? 'the account’s version')),
  );
}

// The only place that shows the secret, once.
function adder() {
  const add = async ({ url }) => {
    try {
      const made = await api('POST', 'webhook_endpoints', [['url', url.value.trim()], ['enabled_events[]', '*']]);
      say(`${made.url} gets all events. Its secret: ${made.secret}`);
      url.value = '';
      taken(url);
    } catch (error) {
      complain(error.message);
    }
    refresh();
  };
  const field = el('input', { name: 'url', type: 'url', placeholder: 'http://127.0.0.1:4280/webhooks' });
  return form(add, el('div', { className: 'row end' }, labelled('Send all events to', field), el('button', {}, 'Add endpoint')));
}

function delivery(one) {
  const last = one.tries.at(-1);
  const answer = last === undefined ? 'not tried yet' : last.status ?? last.error;
  const resend = () => attempt(() => behind(`deliveries/${one.id}/resend`, {}), `${one.type} is sent again.`);
  return el(
    'li',
    {},
    el('div', { className: 'line' },
      el('span', {}, one.type), badge(TONES[one.state] ?? 'wait', one.state), button('Resend', resend, { about: one.type })),
    el('div', { className: 'line muted' },
      code(one.id), el('span', {}, `tries: ${one.tries.length}`), el('span', {}, `${answer}`),
      one.next_try ? el('span', {}, 'next ', time(one.next_try)) : null),
  );
}

function event({ id, type, created, object }) {
  const resend = () => attempt(() => behind(`events/${id}/resend`, {}), `${type} is sent to every endpoint again.`);
  return el(
    'li',
    {},
    el('div', { className: 'line' }, el('span', {}, type), button('Resend', resend, { about: type })),
    el('div', { className: 'line muted' }, code(id), code(object), time(created)),
  );
}

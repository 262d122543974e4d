// Webhook endpoints, events, deliveries, and webhook faults.

import { api, adminApi, showError, showMessage } from './calls.js';
import { badge, button, code, el, fold, form, labelled, time } from './dom.js';
import { refresh, markSubmitted } from './state.js';
import { switchboard } from './switches.js';

const MAX_SHOWN = 25;
const TONES = { delivered: 'ok', succeeded: 'ok', waiting: 'wait', pending: 'wait', failed: 'danger', lost: 'off' };

const fresh = adder();

export const webhooks = {
  read: ({ state, events, deliveries, webhooks: settings }) => (
    { endpoints: state.webhook_endpoints, events, deliveries: deliveries.slice(0, MAX_SHOWN), settings }),
  draw: ({ endpoints, events, deliveries, settings }) => [
    el('h3', {}, 'Endpoints'),
    endpoints.length === 0 ? nothing('No endpoints.') : el('ul', { className: 'list' }, ...endpoints.map(endpoint)),
    fresh,
    el('h3', {}, 'Deliveries'),
    deliveries.length === 0 ? nothing('None yet.') : el('ul', { className: 'list' }, ...deliveries.map(delivery)),
    el('h3', {}, 'Events'),
    events.length === 0 ? nothing('No events.') : el('ul', { className: 'list' }, ...events.slice(0, MAX_SHOWN).map(event)),
    fold('webhook switches', 'Delivery faults', switchboard('webhooks', settings)),
  ],
};

function nothing(text) {
  return el('p', { className: 'muted' }, text);
}

async function attempt(act, words) {
  try {
    await act();
    showMessage(words);
  } catch (error) {
    showError(error.message);
  }
  refresh();
}

function endpoint({ id, url, status, api_version: version }) {
  const remove = () => attempt(() => api('DELETE', `webhook_endpoints/${id}`), `${url} was removed.`);
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
      showMessage(`${made.url} gets all events. Its secret: ${made.secret}`);
      url.value = '';
      markSubmitted(url);
    } catch (error) {
      showError(error.message);
    }
    refresh();
  };
  const field = el('input', { name: 'url', type: 'url', placeholder: 'http://127.0.0.1:4280/webhooks' });
  return form('Add an endpoint', add, el('div', { className: 'row end' }, labelled('Send all events to', field), el('button', {}, 'Add endpoint')));
}

function delivery(one) {
  const last = one.tries.at(-1);
  const answer = last === undefined ? 'not sent yet' : last.status ?? last.error;
  const resend = () => attempt(() => adminApi(`deliveries/${one.id}/resend`, {}), `${one.type} is sent again.`);
  return el(
    'li',
    {},
    el('div', { className: 'line' },
      el('span', {}, one.type), badge(TONES[one.state] ?? 'wait', one.state), button('Resend', resend, { about: one.type })),
    el('div', { className: 'line muted' },
      code(one.id), el('span', {}, `attempts: ${one.tries.length}`), el('span', {}, `${answer}`),
      one.next_try ? el('span', {}, 'next ', time(one.next_try)) : null),
  );
}

function event({ id, type, created, object }) {
  const resend = () => attempt(() => adminApi(`events/${id}/resend`, {}), `${type} is sent to every endpoint again.`);
  return el(
    'li',
    {},
    el('div', { className: 'line' }, el('span', {}, type), button('Resend', resend, { about: type })),
    el('div', { className: 'line muted' }, code(id), code(object), time(created)),
  );
}

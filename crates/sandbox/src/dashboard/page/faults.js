// Fault injection.

import { adminApi, showError, showMessage } from './calls.js';
import { button, code, el, form, labelled, select, time } from './dom.js';
import { refresh, markSubmitted } from './state.js';

const ROUTES = [
  'POST /v1/financial_connections/sessions',
  'GET /v1/financial_connections/sessions/{id}',
  'GET /v1/financial_connections/accounts',
  'GET /v1/financial_connections/accounts/{id}',
  'GET /v1/financial_connections/authorizations/{id}',
  'POST /v1/payment_methods',
  'POST /v1/setup_intents',
  'GET /v1/*',
  'POST /v1/*',
  'GET /stripe.js',
  'GET /bank',
  'POST /bank/open',
];
const KINDS = [
  ['status', 'responds with an error'],
  ['slow', 'responds after 3 seconds'],
  ['silent', 'never responds'],
  ['reset', 'resets the connection'],
  ['cut', 'truncates the response'],
  ['garbage', 'garbage body'],
  ['empty', 'empty body'],
  ['content_type', 'body labelled as HTML'],
  ['ga_shape', 'response of a GA version'],
];

// The form is created once, so that redrawing keeps its values.
const fresh = adder();

export const faults = {
  read: ({ state }) => state.faults,
  draw: (waiting) => [fresh, list(waiting)],
};

function adder() {
  const add = async ({ route, kind, status, times }) => {
    const fault = { route: route.value.trim(), kind: kind.value, times: Number(times.value) };
    if (fault.kind === 'status') fault.status = Number(status.value);
    try {
      await adminApi('faults', fault);
      const calls = fault.times === 1 ? 'the next call' : `the next ${fault.times} calls`;
      showMessage(`Fault injected into ${calls} of ${fault.route}.`);
      markSubmitted(document.activeElement);
    } catch (error) {
      showError(error.message);
    }
    refresh();
  };
  const routes = el('datalist', { id: 'routes' }, ...ROUTES.map((value) => el('option', { value })));
  const route = el('input', { name: 'route', type: 'text', value: ROUTES[0], spellcheck: false });
  route.setAttribute('list', 'routes');
  return form(
    'Inject a fault',
    add,
    routes,
    el('div', { className: 'row end' },
      el('div', { className: 'wide' }, labelled('Method and path', route)),
      labelled('Effect', select('kind', KINDS)),
      labelled('Status', select('status', ['500', '503', '429', '404', '400'], '503')),
      labelled('Times', el('input', { name: 'times', type: 'number', min: 1, value: 1 })),
      el('button', {}, 'Inject')),
  );
}

function list(waiting) {
  if (waiting.length === 0) return el('p', { className: 'muted' }, 'No faults.');
  const clear = async () => {
    try {
      await adminApi('faults', undefined, 'DELETE');
      showMessage('No faults.');
    } catch (error) {
      showError(error.message);
    }
    refresh();
  };
  const row = ({ route, kind, status, times, until }) => el(
    'li', {},
    el('div', { className: 'line' }, code(route), el('span', {}, kind === 'status' ? `${status}` : kind.replaceAll('_', ' ')),
      times === null ? null : el('span', { className: 'muted' }, `${times} more`),
      until ? el('span', { className: 'muted' }, 'until ', time(until)) : null),
  );
  return el('div', {}, el('ul', { className: 'list' }, ...waiting.map(row)), button('Remove all faults', clear));
}

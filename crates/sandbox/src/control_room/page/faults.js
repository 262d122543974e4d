// Fault injection.

import { behind, complain, say } from './calls.js';
import { button, code, el, form, labelled, select, time } from './dom.js';
import { refresh, taken } from './state.js';

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
  ['status', 'an error is answered'],
  ['slow', 'the answer takes 3 seconds'],
  ['silent', 'no answer ever comes'],
  ['reset', 'the connection is reset'],
  ['cut', 'the answer is cut in half'],
  ['garbage', 'the body makes no sense'],
  ['empty', 'the body is empty'],
  ['content_type', 'the body is said to be HTML'],
  ['ga_shape', 'the shape of a GA version'],
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
      await behind('faults', fault);
      say(`The next call of ${fault.route} goes wrong.`);
      taken(document.activeElement);
    } catch (error) {
      complain(error.message);
    }
    refresh();
  };
  const routes = el('datalist', { id: 'routes' }, ...ROUTES.map((value) => el('option', { value })));
  const route = el('input', { name: 'route', type: 'text', value: ROUTES[0], spellcheck: false });
  route.setAttribute('list', 'routes');
  return form(
    add,
    routes,
    el('div', { className: 'row end' },
      el('div', { className: 'wide' }, labelled('Method and path', route)),
      labelled('What happens', select('kind', KINDS)),
      labelled('Status', select('status', ['500', '503', '429', '404', '400'], '503')),
      labelled('Times', el('input', { name: 'times', type: 'number', min: 1, value: 1 })),
      el('button', {}, 'Inject')),
  );
}

function list(waiting) {
  if (waiting.length === 0) return el('p', { className: 'muted' }, 'Everything is answered as it should be.');
  const clear = async () => {
    await behind('faults', undefined, 'DELETE').catch((error) => complain(error.message));
    say('Everything is answered as it should be.');
    refresh();
  };
  const row = ({ route, kind, status, times, until }) => el(
    'li', {},
    el('div', { className: 'line' }, code(route), el('span', {}, kind === 'status' ? `${status}` : kind.replaceAll('_', ' ')),
      times === null ? null : el('span', { className: 'muted' }, `${times} more`),
      until ? el('span', { className: 'muted' }, 'until ', time(until)) : null),
  );
  return el('div', {}, el('ul', { className: 'list' }, ...waiting.map(row)), button('Take all back', clear));
}

// API calls: always counted, recorded on request.

import { adminApi, showError } from './calls.js';
import { button, code, el, fold } from './dom.js';
import { refresh } from './state.js';

const MAX_RECORDED = 100;
const MAX_SHOWN = 25;

export const requests = {
  read: ({ state, requests: { keep, requests: all } }) => ({ calls: state.calls, keep, all: all.slice(-MAX_SHOWN).reverse() }),
  draw: ({ calls, keep, all }) => {
    const counted = Object.entries(calls).filter(([route]) => !route.startsWith('GET /bank/assets'));
    return [
      el('p', { className: 'muted' }, keep > 0 ? `The last ${keep} calls are recorded.` : 'Calls are counted, not recorded.'),
      button(keep > 0 ? 'Stop recording' : `Record the last ${MAX_RECORDED} calls`, () => record(keep > 0 ? 0 : MAX_RECORDED)),
      all.length === 0 ? null : el('ul', { className: 'list' }, ...all.map(recorded)),
      fold('counts', `How often each route was called (${counted.length})`, el(
        'table', {}, ...counted.map(([route, times]) => el('tr', {}, el('th', { scope: 'row' }, code(route)), el('td', {}, `${times}`))),
      )),
    ];
  },
};

async function record(keep) {
  try {
    if (keep === 0) await adminApi('requests', undefined, 'DELETE');
    await adminApi('requests', { keep });
  } catch (error) {
    showError(error.message);
  }
  refresh();
}

function recorded({ method, path, version, parameters, status, answer }, at) {
  const given = parameters.map(([name, value]) => `${name}=${value}`).join('\n');
  return el(
    'li', {},
    fold(`call ${at} ${method} ${path}`, el('span', {}, code(`${method} ${path}`), ` ${status}`),
      el('pre', {}, [version, given, JSON.stringify(answer, null, 2)].filter(Boolean).join('\n\n'))),
  );
}

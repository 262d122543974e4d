// Sessions, newest first.

import { badge, code, el } from './dom.js';

const MAX_SHOWN = 20;
const TONES = { pending: 'wait', succeeded: 'ok', completed: 'ok', failed: 'danger', cancelled: 'off' };

export const sessions = {
  read: ({ state }) => state.sessions.slice(-MAX_SHOWN).reverse(),
  draw: (all) => {
    if (all.length === 0) return el('p', { className: 'muted' }, 'None yet. A server makes one for every attempt.');
    return el('ul', { className: 'list' }, ...all.map(session));
  },
};

function session(one) {
  const { relink_options: relink, relink_result: result, windows_opened: windows } = one;
  const holder = one.account_holder?.customer ?? one.account_holder?.account;
  const asked = relink === null ? 'links accounts' : `relinks ${relink.account ?? relink.authorization}`;
  const opened = windows === 0 ? 'no window yet' : `${windows} window${windows === 1 ? '' : 's'}`;
  const ended = result?.failure_reason ?? one.accounts.join(', ');
  return el(
    'li',
    {},
    el('div', { className: 'line' }, code(one.id), badge(TONES[one.status] ?? 'wait', one.status)),
    el('div', { className: 'line muted' },
      el('span', {}, asked), holder ? el('span', {}, `for ${holder}`) : null, el('span', {}, opened),
      ended ? el('span', {}, ended) : null),
  );
}

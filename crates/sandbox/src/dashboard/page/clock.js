// The sandbox's clock, with controls to advance it.

import { adminApi, showError, showMessage } from './calls.js';
import { button, el, fold, form, labelled, time } from './dom.js';
import { refresh, markSubmitted } from './state.js';

// Descriptions of scheduled changes.
const COMING = {
  deactivate: 'stops working',
  expire_numbers: 'account number expires',
  refresh: 'is refreshed',
  finish_refresh: 'refresh ends',
};
const MAX_SHOWN = 12;

async function advance(by) {
  try {
    const before = (await adminApi('clock')).now;
    const { now } = await adminApi('clock', { advance: by });
    showMessage(`The clock was moved forward by ${span(now - before)}. Due changes were applied.`);
  } catch (error) {
    showError(error.message);
  }
  refresh();
}

function span(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const parts = [[days, 'day'], [hours, 'hour'], [minutes, 'minute']].filter(([count]) => count > 0);
  if (parts.length === 0) return `${seconds} seconds`;
  return parts.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(', ');
}

export const clock = {
  // Rounded to the minute, because seconds would redraw the part all the time.
  read: ({ clock: { now, ahead, coming } }) => ({ now: now - (now % 60), ahead, coming }),
  draw: ({ now, ahead, coming }) => {
    const field = el('input', { name: 'by', type: 'text', placeholder: '12h', size: 6 });
    const rows = coming.slice(0, MAX_SHOWN).map(({ at, what, object }) => el(
      'li', {}, time(at), ' ', el('code', {}, object), ` ${COMING[what] ?? what.replaceAll('_', ' ')}`,
    ));
    return [
      el('p', { className: 'now' }, el('span', { className: 'muted' }, 'It is '), time(now)),
      el('p', { className: 'muted' }, ahead > 0 ? `${span(ahead)} ahead of real time` : 'Real time'),
      el(
        'div',
        { className: 'row' },
        ...[['1h', '1 hour'], ['1d', '1 day'], ['30d', '30 days']].map(([value, text]) => (
          button(`+ ${text}`, () => advance(value), { about: 'on the clock' }))),
      ),
      form(
        'Move the clock forward',
        ({ by }) => {
          markSubmitted(by);
          advance(by.value.trim() || '12h');
        },
        el('div', { className: 'row end' }, labelled('Forward by (30d, 12h, 90s)', field), el('button', {}, 'Move')),
      ),
      fold('coming', `Scheduled changes (${coming.length})`, el('ul', { className: 'plain' }, ...rows)),
    ];
  },
};

// Screen for choosing accounts: radio buttons if the limit is one, checkboxes otherwise.

import { element, form, screen, submit } from './dom.js';
import { accountRows, chosen } from './account_rows.js';
import { text } from './translations.js';

export function choice(bank) {
  const { limit } = bank.session;
  const one = limit === 1;
  const rows = accountRows(bank.holdings, one ? 'radio' : 'checkbox');
  const all = limit === null && rows.length > 2 ? everything(rows) : null;
  const list = element('fieldset', {}, element('legend', {}, legend(limit)), ...(all ? [all] : []), ...rows);
  const connect = () => {
    const ids = chosen(list);
    if (ids.length === 0) bank.showError(text('choice_first'));
    else if (limit !== null && ids.length > limit) bank.showError(text('choice_too_many', { limit }));
    else bank.connect(ids);
  };
  const parts = [form(connect, list, submit(text(one ? 'choice_connect_one' : 'choice_connect_some')))];
  const back = () => bank.show(bank.institution.login === 'pop_up' ? 'popUp' : 'login');
  return screen('choice', text(one ? 'choice_one' : 'choice_some'), parts, back);
}

function legend(limit) {
  if (limit === null) return text('choice_legend_any');
  return limit === 1 ? text('choice_legend_one') : text('choice_legend_some', { limit });
}

// A checkbox that selects all others and reflects their state.
function everything(rows) {
  const boxes = rows.map((row) => row.querySelector('input'));
  const box = element('input', { type: 'checkbox', name: 'all' });
  const follow = () => {
    const count = boxes.filter((one) => one.checked).length;
    box.checked = count === boxes.length;
    box.indeterminate = count > 0 && !box.checked;
  };
  box.addEventListener('change', () => {
    for (const one of boxes) one.checked = box.checked;
  });
  for (const one of boxes) one.addEventListener('change', follow);
  return element('label', { className: 'choice all' }, box, element('span', { className: 'name' }, text('choice_all')));
}

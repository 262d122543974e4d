// The dashboard: assembles the parts.

import { accounts } from './accounts.js';
import { clock } from './clock.js';
import { el } from './dom.js';
import { faults } from './faults.js';
import { requests } from './requests.js';
import { scenario } from './scenario.js';
import { sessions } from './sessions.js';
import { part, refresh } from './state.js';
import { switches } from './switches.js';
import { webhooks } from './webhooks.js';

const { origin } = window.location;
const ADDRESSES = [
  ['https://api.stripe.com', origin],
  ['https://js.stripe.com/…/stripe.js', `${origin}/stripe.js`],
  ['Secret key', 'sk_test_sandbox'],
  ['Publishable key', 'pk_test_sandbox'],
  ['Stripe-Version', '2026-09-30.preview'],
];
document.getElementById('addresses').append(
  ...ADDRESSES.flatMap(([of, use]) => [el('dt', {}, of), el('dd', {}, el('code', {}, use))]),
);

const place = (id) => document.querySelector(`#${id} .content`) ?? document.getElementById(id);
for (const [id, { read, draw }] of Object.entries({
  clock, customers: accounts, sessions, webhooks, faults, switches, requests, scenario,
})) part(place(id), read, draw);

refresh();

// What the window says, in the language of the page.

import { texts as ar } from './ar.js';
import { texts as en } from './en.js';
import { texts as es } from './es.js';

const LANGUAGES = { ar, en, es };
const FROM_RIGHT_TO_LEFT = ['ar'];

// Direction marks around what is filled in, so that a Latin name stays whole within Arabic.
const ISOLATE = ['\u2068', '\u2069'];

let current = 'en';

// `locale` is what the page gave to Stripe(), such as `es-MX`; `auto` is what the browser prefers.
export function speak(locale) {
  const wanted = !locale || locale === 'auto' ? navigator.languages : [locale];
  const languages = wanted.map((one) => one.toLowerCase().split('-')[0]);
  current = languages.find((one) => one in LANGUAGES) ?? 'en';
  const root = document.documentElement;
  root.lang = current;
  root.dir = FROM_RIGHT_TO_LEFT.includes(current) ? 'rtl' : 'ltr';
  root.dataset.locale = locale || 'auto';
}

// The text with this key; `{name}` in it is replaced by the value of that name.
export function text(key, values = {}) {
  const template = LANGUAGES[current][key] ?? en[key];
  const [open, close] = FROM_RIGHT_TO_LEFT.includes(current) ? ISOLATE : ['', ''];
  return template.replace(/\{(\w+)\}/g, (_, name) => `${open}${values[name]}${close}`);
}

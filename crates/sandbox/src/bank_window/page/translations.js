// Translations of the window, in the language of the page.

import { texts as ar } from './ar.js';
import { texts as en } from './en.js';
import { texts as es } from './es.js';

const LANGUAGES = { ar, en, es };
const FROM_RIGHT_TO_LEFT = ['ar'];

// Direction isolates around inserted values, so that a Latin name stays whole within Arabic text.
const ISOLATE = ['\u2068', '\u2069'];

let current = 'en';

// Sets the language. `locale` is the option of Stripe(), such as `es-MX`; `auto` follows the browser's preferences.
export function setLocale(locale) {
  const wanted = !locale || locale === 'auto' ? navigator.languages : [locale];
  const languages = wanted.map((one) => one.toLowerCase().split('-')[0]);
  current = languages.find((one) => one in LANGUAGES) ?? 'en';
  const root = document.documentElement;
  root.lang = current;
  root.dir = FROM_RIGHT_TO_LEFT.includes(current) ? 'rtl' : 'ltr';
  root.dataset.locale = locale || 'auto';
}

// Returns the text with this key, with each `{name}` replaced by the value of that name.
export function text(key, values = {}) {
  const template = LANGUAGES[current][key] ?? en[key];
  const [open, close] = FROM_RIGHT_TO_LEFT.includes(current) ? ISOLATE : ['', ''];
  return template.replace(/\{(\w+)\}/g, (_, name) => `${open}${values[name]}${close}`);
}

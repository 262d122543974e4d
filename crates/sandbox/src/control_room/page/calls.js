// Calls the sandbox, and says how it went.

const said = document.getElementById('said');
const problem = document.getElementById('problem');

const SECRET_KEY = 'sk_test_sandbox';
const VERSION = '2026-09-30.preview';

async function send(path, request) {
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Error('The sandbox does not answer. Is it still running?');
  }
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body;
  throw new Error(body?.error?.message ?? `The sandbox answered ${answer.status}.`);
}

// `/_sandbox/…`, without which a body is a GET.
export function behind(path, body, method = body === undefined ? 'GET' : 'POST') {
  const request = { method };
  if (body !== undefined) {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  return send(`/_sandbox/${path}`, request);
}

// The API, as a merchant's server calls it. `form` is a list of names and values.
export function api(method, path, form = []) {
  const headers = { Authorization: `Bearer ${SECRET_KEY}`, 'Stripe-Version': VERSION };
  const body = method === 'POST' ? new URLSearchParams(form) : undefined;
  // A refused key must not make the browser ask for a user name and a password.
  return send(`/v1/${path}`, { method, headers, body, credentials: 'omit' });
}

// Told to screen readers, too.
export function say(text) {
  problem.textContent = '';
  said.textContent = text;
}

export function complain(text) {
  said.textContent = '';
  problem.textContent = text;
}

// Calls the sandbox and shows the result.

const status = document.getElementById('said');
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

// Calls `/_sandbox/…`, by default as a POST if there is a body and as a GET otherwise.
export function adminApi(path, body, method = body === undefined ? 'GET' : 'POST') {
  const request = { method };
  if (body !== undefined) {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  return send(`/_sandbox/${path}`, request);
}

// Calls the API as a merchant's server does. `form` is a list of names and values.
export function api(method, path, form = []) {
  const headers = { Authorization: `Bearer ${SECRET_KEY}`, 'Stripe-Version': VERSION };
  const body = method === 'POST' ? new URLSearchParams(form) : undefined;
  // Without credentials, a 401 does not open the browser's dialog for user name and password.
  return send(`/v1/${path}`, { method, headers, body, credentials: 'omit' });
}

// Shows a message, which is also announced to screen readers.
export function showMessage(text) {
  problem.textContent = '';
  status.textContent = text;
}

export function showError(text) {
  status.textContent = '';
  problem.textContent = text;
}

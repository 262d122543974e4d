// relink-server in front of the sandbox: makes every request that its page can make, and records the server's calls.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { harvest } from '../support/recorder.js';
import { BROKEN, address, control, fresh, link, stripe } from '../support/sandbox.js';

const program = process.env.RELINK_SERVER;
const options = { skip: program ? false : 'RELINK_SERVER names no program', timeout: 120_000 };

/** API key of the merchant's back end. */
const KEY = 'for-the-merchants-back-end-only-0';

/** Starts a server with these settings, on the library's version, so that its calls fit the library's types. */
async function server(t, settings) {
  await fresh();
  const folder = await mkdtemp(join(tmpdir(), 'relink-server-'));
  await writeFile(join(folder, 'index.html'), '');
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'relink.db')}`,
    PATH: process.env.PATH,
    RELINK_LISTEN: '127.0.0.1:0',
    RELINK_LOG: 'error',
    RELINK_SANDBOX_URL: address.origin,
    RELINK_TOKEN_ALGORITHM: 'HS256',
    RELINK_TOKEN_KEY: randomUUID(),
    RELINK_WEB_ROOT: folder,
    STRIPE_WEBHOOK_SECRET: 'whsec_nobody_sends_here',
    STRIPE_VERSION: stripe.getApiField('version'),
    ...settings,
  };
  const child = spawn(program, [], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    if (child.kill()) await once(child, 'exit');
    await rm(folder, { recursive: true });
    await harvest('relink-server');
  });
  for await (const line of createInterface(child.stdout)) {
    const [, origin] = /^listening on (\S+)/.exec(line) ?? [];
    if (origin) return caller(origin);
  }
  throw new Error('relink-server did not start');
}

/** Returns a function that calls the server's API as its page does. */
async function caller(origin) {
  const { token } = await (await fetch(new URL('/demo/token', origin))).json();
  return async (method, path, body, key = token) => {
    const headers = { authorization: `Bearer ${key}` };
    if (body) headers['content-type'] = 'application/json';
    const answer = await fetch(new URL(path, origin), { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
}

/** Makes one attempt: chooses, shares the accounts with these last digits, and reads the outcome. */
async function attempt(ask, account, choice, digits, institution) {
  const started = await ask('POST', '/api/sessions', { account, choice });
  await link({ id: started.session, client_secret: started.client_secret }, digits, { institution });
  const outcome = await ask('POST', `/api/sessions/${started.session}/outcome`, { reported: 'finished' });
  return { session: started.session, outcome };
}

test('the server relinks the very account, for payments', options, async (t) => {
  const ask = await server(t, { RELINK_DEMO_CUSTOMER: 'cus_SandboxJenny', RELINK_COUNTRY: 'US' });
  assert.ok((await ask('GET', '/api/accounts')).accounts.length > 0);
  const { outcome } = await attempt(ask, BROKEN.account, 'repair', ['6789']);
  assert.match(JSON.stringify(outcome), /6789/);
});

test('the server takes another account in its place, and makes it the way to pay', options, async (t) => {
  const ask = await server(t, { RELINK_DEMO_CUSTOMER: 'cus_SandboxJenny', RELINK_ANY_ACCOUNT: 'true' });
  const { session, outcome } = await attempt(ask, BROKEN.account, 'repair', ['2231']);
  const { accounts } = await control('GET', '/_sandbox/state');
  const account = accounts.find((one) => one.last4 === '2231').id;
  assert.match(JSON.stringify(outcome), new RegExp(account));
  await ask('POST', `/api/sessions/${session}/payment-method`, { account });
});

test('the server takes back a setup intent that does not succeed at once', options, async (t) => {
  const ask = await server(t, { RELINK_DEMO_CUSTOMER: 'cus_SandboxJenny', RELINK_ANY_ACCOUNT: 'true' });
  const { session } = await attempt(ask, 'fca_TernChecking0937', 'another_bank', ['2231'], 'fcinst_AlderBank');
  const { accounts } = await control('GET', '/_sandbox/state');
  const account = accounts.find((one) => one.last4 === '2231').id;
  await control('POST', '/_sandbox/settings', { setup_intent_requires_action: true });
  await assert.rejects(ask('POST', `/api/sessions/${session}/payment-method`, { account }));
});

test('the server relinks the very account, for payouts', options, async (t) => {
  const ask = await server(t, { RELINK_DEMO_CUSTOMER: 'cus_SandboxJenny', RELINK_PURPOSE: 'payouts' });
  await attempt(ask, BROKEN.account, 'repair', ['6789']);
});

test('the server relinks a login for data, and refreshes and subscribes to it', options, async (t) => {
  const ask = await server(t, {
    RELINK_DEMO_CUSTOMER: 'cus_SandboxData',
    RELINK_PURPOSE: 'data',
    RELINK_PERMISSIONS: 'balances,ownership,transactions',
    RELINK_ACCOUNT_SUBCATEGORIES: 'checking,savings',
    RELINK_SUBSCRIBE: 'balance,transactions',
    RELINK_API_KEY: KEY,
  });
  const account = 'fca_FoundryChecking3001';
  await attempt(ask, account, 'repair', ['3001', '3002']);
  // The server refreshes and subscribes after its response.
  const sent = async () => (await control('GET', '/_sandbox/state')).calls;
  const subscribe = 'POST /v1/financial_connections/accounts/{id}/subscribe';
  while (((await sent())[subscribe] ?? 0) < 4) await new Promise(setImmediate);
  const fetched = async () => {
    const { ownership, transactions } = (await ask('GET', `/api/accounts/${account}`, undefined, KEY)).refreshes;
    return [ownership, transactions].every((refresh) => refresh?.status === 'succeeded');
  };
  // The pause is needed, because interactive requests have priority over the server's background work.
  while (!(await fetched())) await setTimeout(250);
  for (const path of ['', '/owners', '/transactions?limit=2']) await ask('GET', `/api/accounts/${account}${path}`, undefined, KEY);
});

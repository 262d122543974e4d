// A test of relink in Node.js: each run has a sandbox of its own, seeded from a file, and needs no browser.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Stripe from 'stripe';

// Start a sandbox on a free port; its first line on stdout is the address.
const program = process.env.RELINK_SANDBOX ?? 'relink-sandbox';
const child = spawn(program, ['--listen', '127.0.0.1:0', '--log', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] });
process.on('exit', () => child.kill());
const { value: line } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
const address = new URL(line.replace('listening on ', ''));
// Tests that run in parallel share the sandbox if each has a world: the header names it, and so does the key's suffix.
const world = `node-${process.pid}`;
const stripe = new Stripe(`sk_test_sandbox_world_${world}`, {
  host: address.hostname, port: address.port, protocol: 'http', apiVersion: '2026-09-30.preview',
});

/** Calls a route of the sandbox. */
async function sandbox(path, body) {
  const headers = { 'content-type': 'application/json', 'sandbox-world': world };
  const answer = await fetch(new URL(path, address), { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

// Seed the world.
await sandbox('/_sandbox/scenario', JSON.parse(await readFile(new URL('../seed.json', import.meta.url), 'utf8')));

// Receive webhooks, and wait for one of a type.
const events = [];
let notify = () => {};
const listener = createServer(async (request, response) => {
  const [body, signature] = [Buffer.concat(await request.toArray()), request.headers['stripe-signature']];
  events.push(stripe.webhooks.constructEvent(body, signature, endpoint.secret));
  response.end();
  notify();
});
await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${listener.address().port}/webhooks`;
const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
async function waitFor(type) {
  const deadline = AbortSignal.timeout(10_000);
  for (;;) {
    const event = events.find((one) => one.type === type);
    if (event) return event.data.object;
    await new Promise((resolve, reject) => {
      notify = resolve;
      deadline.onabort = () => reject(new Error(`no ${type} came`));
    });
  }
}

// The bank ends the connection.
await sandbox('/_sandbox/accounts/fca_AdaChecking', { status: 'inactive', cause: 'access_expired' });
const broken = await waitFor('financial_connections.account.deactivated');
assert.equal(broken.status_details.inactive.action, 'relink_required');

// The customer relinks it, without a browser.
const session = await stripe.financialConnections.sessions.create({
  account_holder: { type: 'customer', customer: 'cus_Ada' },
  permissions: ['payment_method'],
  relink_options: { authorization: broken.authorization, account: broken.id },
});
await sandbox(`/_sandbox/sessions/${session.id}/complete`, { outcome: 'succeeded' });
const repaired = await waitFor('financial_connections.account.reactivated');
assert.equal((await stripe.financialConnections.accounts.retrieve(repaired.id)).status, 'active');
console.log(`relinked ${repaired.id}`);
process.exit();

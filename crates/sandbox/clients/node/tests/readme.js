// Runs the script in the sandbox's README verbatim.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { address, fresh } from '../support/sandbox.js';

const README = new URL('../../../README.md', import.meta.url);
const HERE = new URL('..', import.meta.url);

/** Expected output, in any order, because the webhooks take time. */
const EXPECTED = [
  /^financial_connections\.account\.created fca_\w+ active$/,
  /^financial_connections\.session\.updated fcsess_\w+ succeeded$/,
  /^financial_connections\.account\.deactivated fca_\w+ inactive$/,
  /^financial_connections\.account\.reactivated fca_\w+ active$/,
  /^ +failure_reason: null$/,
];

test('the script of the README links, breaks and relinks an account, and gets the webhooks', { timeout: 120_000 }, async (t) => {
  await fresh();
  const [, script] = /```js\n(.*?)```/s.exec(await readFile(README, 'utf8'));
  const env = { PATH: process.env.PATH, SANDBOX_URL: address.origin };
  const options = { cwd: HERE, env, stdio: ['pipe', 'pipe', 'inherit'] };
  const child = spawn(process.execPath, ['--input-type=module'], options);
  t.after(() => child.kill());
  child.stdin.end(script);
  const missing = new Set(EXPECTED);
  // The script keeps listening for webhooks.
  for await (const line of createInterface(child.stdout)) {
    for (const expected of missing) if (expected.test(line)) missing.delete(expected);
    if (missing.size === 0) break;
  }
  assert.deepEqual([...missing], []);
});

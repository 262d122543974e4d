// The recipes for Node.js and, where Java is installed, for Java.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const run = promisify(execFile);
const RELINKED = { stdout: 'relinked fca_AdaChecking\n', stderr: '' };

test('the recipe for Node.js relinks an account', async () => {
  assert.deepEqual(await run(process.execPath, [path('node/recipe.js')], { timeout: 60_000 }), RELINKED);
});

if (process.env.JAVA) {
  test('the recipe for Java relinks an account', async () => {
    const words = [path('java/Recipe.java'), path('seed.json')];
    assert.deepEqual(await run(process.env.JAVA, words, { timeout: 120_000 }), RELINKED);
  });
}

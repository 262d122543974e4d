// Auto-pagination: the library requests further pages automatically, in both directions.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { control, fresh, stripe } from '../support/sandbox.js';

const recorded = () => control('GET', '/_sandbox/requests');
const ofKai = { account_holder: { customer: 'cus_SandboxKai' } };
const { accounts, institutions } = stripe.financialConnections;

async function ids(items) {
  const found = [];
  for await (const item of items) found.push(item.id);
  return found;
}

test('a loop over a list goes through all pages', async () => {
  await fresh();
  const whole = await accounts.list({ ...ofKai, limit: 100 });
  assert.ok(whole.data.length > 6 && !whole.has_more);
  assert.deepEqual(await ids(accounts.list({ ...ofKai, limit: 3 })), whole.data.map((one) => one.id));
});

test('a loop backwards goes through all pages before an item', async () => {
  await fresh();
  const whole = (await accounts.list({ ...ofKai, limit: 100 })).data.map((one) => one.id);
  const last = whole.pop();
  const found = await ids(accounts.list({ ...ofKai, limit: 3, ending_before: last }));
  assert.deepEqual(found, whole.reverse());
});

test('a loop that ends early asks for no further page', async () => {
  await fresh();
  const { requests: before } = await recorded();
  for await (const one of institutions.list({ limit: 2 })) {
    assert.ok(one.id);
    break;
  }
  assert.equal((await recorded()).requests.length, before.length + 1);
});

test('a list becomes an array of as many items as are wanted', async () => {
  await fresh();
  assert.equal((await accounts.list({ ...ofKai, limit: 2 }).autoPagingToArray({ limit: 5 })).length, 5);
});

test('a page that is full to the brim and the last has no more', async () => {
  await fresh();
  const count = (await accounts.list({ ...ofKai, limit: 100 })).data.length;
  assert.equal((await accounts.list({ ...ofKai, limit: count })).has_more, false);
  assert.equal((await accounts.list({ ...ofKai, limit: count - 1 })).has_more, true);
});

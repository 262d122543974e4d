// Stripe's types: everything that the sandbox sent, and that relink-server sent, fits them field by field.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compile } from '../support/literals.js';
import { calls, harvest } from '../support/recorder.js';
import { ga, stripe } from '../support/sandbox.js';
import { ENDPOINTS, eventType, parameters } from '../support/types.js';

/** Recorded values with the types that they must have. */
const literals = [];
/** Values already added, so that none is compiled twice. */
const known = new Set();

function add(literal) {
  const text = `${literal.what} ${literal.type} ${JSON.stringify(literal.value)}`;
  if (!known.has(text)) literals.push(literal);
  known.add(text);
}

const version = stripe.getApiField('version');
const endpoint = (call) => `${call.method} ${call.route}`;
const isOurs = (call) => call.version === version;
/** Names under which literals know the releases of the library, by the version that each sends. */
const LIBRARIES = { [version]: 'Stripe', [ga.getApiField('version')]: 'StripeGa' };

/** Result of compiling everything, once. */
let compiled;
const judged = () => (compiled ??= judge());

async function judge() {
  await harvest();
  for (const call of calls.filter((one) => one.version in LIBRARIES)) {
    const of = (type) => type.replaceAll('Stripe.', `${LIBRARIES[call.version]}.`);
    const [answer, params] = ENDPOINTS[endpoint(call)] ?? [];
    if (call.status === 200 && answer) {
      addAnswer(answer, call, of);
      add({ what: `requests of ${call.sender}`, type: of(params), value: parameters(call.parameters) });
    } else if (call.answer?.error) {
      add({ what: 'errors', type: of('Stripe.StripeRawError'), value: call.answer.error });
    }
  }
  const said = await compile(literals);
  literals.forEach((literal, at) => (literal.complaint = said[at]));
}

/**
 * Adds a response; events in it are checked against their own types, which are stricter than the common one. `of` names
 * a type in the release that made the call.
 */
function addAnswer(type, { answer }, of) {
  if (answer.object === 'event') return addEvent(answer, of);
  const isOfEvents = answer.object === 'list' && answer.url === '/v1/events';
  if (isOfEvents) answer.data.forEach((event) => addEvent(event, of));
  add({ what: 'answers', type: of(type), value: isOfEvents ? { ...answer, data: [] } : answer });
}

/** Adds an event. No library type fits `previous_attributes`: a subset of an object's fields, null for absent ones. */
function addEvent(event, of) {
  const type = of(eventType(event.type));
  const { previous_attributes, ...data } = event.data;
  add({ what: 'events', type, value: { ...event, data } });
  const before = `Some<NonNullable<${type}['data']['previous_attributes']>>`;
  if (previous_attributes) add({ what: 'previous attributes', type: before, value: previous_attributes });
}

async function assertFits(what, atLeast) {
  await judged();
  const found = literals.filter((literal) => literal.what === what);
  assert.ok(found.length >= atLeast, `only ${found.length} ${what} were recorded`);
  const wrong = found.filter((literal) => literal.complaint);
  const texts = wrong.map(({ type, value, complaint }) => `${type}\n${complaint}${JSON.stringify(value)}`);
  assert.equal(wrong.length, 0, `${wrong.length} of ${found.length}:\n${texts.slice(0, 5).join('\n\n')}`);
  console.log(`${found.length} ${what} fit the types of the library`);
}

test('every endpoint of the sandbox was called, and each has a type', async () => {
  await judged();
  const called = new Set(calls.filter((call) => isOurs(call) && call.status === 200).map(endpoint));
  const missing = Object.keys(ENDPOINTS).filter((one) => !called.has(one));
  const typed = calls.filter((call) => call.version in LIBRARIES && call.status === 200).map(endpoint);
  const untyped = [...new Set(typed)].filter((one) => !ENDPOINTS[one]);
  assert.deepEqual({ missing, untyped }, { missing: [], untyped: [] });
});

test('every answer has exactly the fields of its type', () => assertFits('answers', 100));

test('every event has exactly the fields of its own type', () => assertFits('events', 25));

test('what an event says of before has only fields of its object', () => assertFits('previous attributes', 10));

test('every error has only fields that errors have', () => assertFits('errors', 15));

test('the parameters of the library are read as they were sent', () => assertFits('requests of library', 50));

test('every request of relink-server has exactly the fields of its type', { skip: skipped() }, () =>
  assertFits('requests of relink-server', 20));

test('what is missing, misspelt or superfluous is refused', async () => {
  await judged();
  const session = calls.find((call) => isOurs(call) && call.status === 200 && call.answer.relink_options).answer;
  const type = ENDPOINTS['POST /v1/financial_connections/sessions'][0];
  const { accounts, ...missing } = session;
  const { relink_options, ...rest } = session;
  const [well, ...spoiled] = await compile([
    { type, value: session },
    { type, value: missing },
    { type, value: { ...rest, relink_option: relink_options } },
    { type, value: { ...session, filters: { ...session.filters, banks: [] } } },
  ]);
  assert.equal(well, '');
  assert.match(spoiled[0], /Property 'accounts' is missing/);
  assert.match(spoiled[1], /'"relink_option"' does not exist/);
  assert.match(spoiled[2], /'"banks"' does not exist/);
});

function skipped() {
  return process.env.RELINK_SERVER ? false : 'RELINK_SERVER names no program';
}

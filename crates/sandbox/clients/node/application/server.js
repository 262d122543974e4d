// Back end of an application with Stripe's packages: `node server.js BUNDLE`. It uses the sandbox at SANDBOX_URL, and
// everything else as if it were Stripe.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import Stripe from 'stripe';

const { hostname: host, port } = new URL(process.env.SANDBOX_URL);
const stripe = new Stripe('sk_test_sandbox', { host, port, protocol: 'http' });

// What Stripe's guide on security asks of pages, and nothing of the sandbox.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' https://js.stripe.com",
  "connect-src 'self' https://api.stripe.com",
  'frame-src https://js.stripe.com https://hooks.stripe.com',
  'img-src data:',
].join('; ');

const page = await readFile(new URL('index.html', import.meta.url), 'utf8');
const script = await readFile(process.argv[2]);

/** Creates an intent of a new customer when the page asks for it. */
async function intent() {
  const { id: customer } = await stripe.customers.create({ name: 'Ada Lovelace', email: 'ada@example.com' });
  const made = await stripe.setupIntents.create({ customer, allowed_payment_method_types: ['us_bank_account'] });
  return { clientSecret: made.client_secret };
}

/** Creates what one visit of the page needs; returns the client secrets. */
async function start() {
  const customer = (await stripe.customers.create({ name: 'Ada Lovelace', email: 'ada@example.com' })).id;
  const intent = () => stripe.setupIntents.create({ customer, allowed_payment_method_types: ['us_bank_account'] });
  const session = await stripe.financialConnections.sessions.create({
    account_holder: { type: 'customer', customer },
    permissions: ['payment_method'],
  });
  const [element, collected, typed] = await Promise.all([intent(), intent(), intent()]);
  return {
    session: session.client_secret,
    intents: { element: element.client_secret, collected: collected.client_secret, typed: typed.client_secret },
  };
}

const routes = {
  'GET /': async (query) => {
    // A page can load Stripe.js by itself, even in another version than its loader's.
    const release = query.get('release');
    const earlier = release ? `<script src="https://js.stripe.com/${encodeURIComponent(release)}/stripe.js"></script>` : '';
    return ['text/html; charset=utf-8', page.replace('<!-- earlier script -->', earlier)];
  },
  'GET /main.js': async () => ['text/javascript; charset=utf-8', script],
  'POST /intent': async () => ['application/json', JSON.stringify(await intent())],
  'POST /start': async () => ['application/json', JSON.stringify(await start())],
};

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://application');
  const route = routes[`${request.method} ${pathname}`];
  if (!route) return response.writeHead(404).end();
  try {
    const [type, body] = await route(searchParams);
    response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': POLICY }).end(body);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));

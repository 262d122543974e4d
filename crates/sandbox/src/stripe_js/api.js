// Calls of the API with the publishable key, and the bank window of an intent.

// In the place of js.stripe.com, calls go to the host that the security policies of pages name.
const apiOrigin = origin === 'https://js.stripe.com' ? 'https://api.stripe.com' : origin;

// Flattens nested fields to the names of a form, such as `a[b]`.
function formFields(fields, within = null) {
  return Object.entries(fields).flatMap(([name, value]) => {
    const key = within === null ? name : `${within}[${name}]`;
    if (value === undefined || value === null) return [];
    return typeof value === 'object' ? formFields(value, key) : [[key, String(value)]];
  });
}

// Makes a call; returns the object, or {error} as Stripe.js does.
async function callApi({ publishableKey, account, apiVersion }, httpMethod, path, fields) {
  const headers = { Authorization: `Bearer ${publishableKey}` };
  if (account) headers['Stripe-Account'] = account;
  if (apiVersion) headers['Stripe-Version'] = apiVersion;
  const form = new URLSearchParams(formFields(fields));
  const isGet = httpMethod === 'GET';
  let response;
  try {
    response = await fetch(`${apiOrigin}/v1/${path}${isGet ? `?${form}` : ''}`, {
      method: httpMethod, headers, credentials: 'omit', ...(!isGet && { body: form }),
    });
  } catch {
    return failure('api_connection_error', 'The sandbox could not be reached.');
  }
  const body = await response.json().catch(() => null);
  if (body === null) return failure('api_error', 'The response of the sandbox could not be read.');
  return response.ok ? { object: body } : { error: body.error };
}

// Returns a result of Stripe.js: the object under its name, or the error.
async function resultOf(name, call) {
  const { object, error } = await call;
  return error ? { error } : { [name]: object };
}

const KINDS = {
  setup_intent: { path: 'setup_intents', name: 'setupIntent' },
  payment_intent: { path: 'payment_intents', name: 'paymentIntent' },
};

function retrieveIntent(instance, method, kind, clientSecret) {
  const id = intentOf(method, clientSecret, kind);
  const { path, name } = KINDS[kind];
  return resultOf(name, callApi(instance, 'GET', `${path}/${id}`, { client_secret: clientSecret }));
}

// Confirms an intent. The page's customer agrees to the mandate by that.
function confirmIntent(instance, method, kind, clientSecret, data = {}) {
  const id = intentOf(method, clientSecret, kind);
  const { path, name } = KINDS[kind];
  const { payment_method: given, ...rest } = data;
  const described = given !== undefined && typeof given !== 'string';
  return resultOf(name, callApi(instance, 'POST', `${path}/${id}/confirm`, {
    mandate_data: { customer_acceptance: { type: 'online', online: { infer_from_client: true } } },
    ...rest,
    ...(described ? { payment_method_data: { type: 'us_bank_account', ...given } } : { payment_method: given }),
    client_secret: clientSecret,
  }));
}

function verifyIntent(instance, method, kind, clientSecret, data = {}) {
  const id = intentOf(method, clientSecret, kind);
  const { path, name } = KINDS[kind];
  const fields = { ...data, client_secret: clientSecret };
  return resultOf(name, callApi(instance, 'POST', `${path}/${id}/verify_microdeposits`, fields));
}

function collectForIntent(instance, method, kind, given) {
  checkArguments(method, given, ['params', 'expand']);
  intentOf(method, given.clientSecret, kind);
  const { payment_method_type: type, payment_method_data: data } = given.params ?? {};
  if (type !== 'us_bank_account') notPlayed(`stripe.${method}() for ${type}`);
  const billing = data?.billing_details;
  if (typeof billing?.name !== 'string' || billing.name === '') {
    throw new IntegrationError(`stripe.${method}() needs the name in billing_details.`);
  }
  const wish = { intent: { client_secret: given.clientSecret, billing_details: billing } };
  const expands = given.expand?.includes('payment_method') ?? false;
  const shape = ({ intent, payment_method: bank }) => ({
    [KINDS[kind].name]: expands ? { ...intent, payment_method: bank } : intent,
  });
  return openOnce(instance, method, given.clientSecret, wish, shape);
}

function createToken(instance, type, data) {
  if (type !== 'bank_account') notPlayed(`stripe.createToken() for ${typeof type === 'string' ? type : 'an Element'}`);
  return resultOf('token', callApi(instance, 'POST', 'tokens', { bank_account: data ?? {} }));
}

function createPaymentMethod(instance, given) {
  if (kindOf(given) !== 'object') throw new IntegrationError('stripe.createPaymentMethod() needs an object.');
  if (given.type !== 'us_bank_account') notPlayed(`stripe.createPaymentMethod() for ${given.type ?? 'an Element'}`);
  return resultOf('paymentMethod', callApi(instance, 'POST', 'payment_methods', given));
}

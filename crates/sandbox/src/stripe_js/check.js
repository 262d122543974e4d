// Checks of arguments. As in Stripe.js, a mistake in the page's code throws an IntegrationError, and later failures
// are returned as a result.
class IntegrationError extends Error {
  constructor(message) {
    super(message);
    this.name = 'IntegrationError';
  }
}

const PUBLISHABLE = /^pk_(test|live)_/;
const KINDS_OF_OPTIONS = {
  apiVersion: 'string',
  betas: 'array',
  developerTools: 'object',
  locale: 'string',
  stripeAccount: 'string',
};

function kindOf(value) {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function checkKey(key) {
  if (typeof key !== 'string' || key === '') {
    throw new IntegrationError('Stripe() needs a publishable key.');
  }
  if (/^[sr]k_/.test(key)) {
    throw new IntegrationError('Stripe() needs a publishable key; never use a secret key in a page.');
  }
  if (!PUBLISHABLE.test(key)) {
    throw new IntegrationError('Stripe() needs a publishable key that starts with pk_test_ or pk_live_.');
  }
}

// Unknown options only cause a warning, as they may belong to another release.
function checkOptions(options) {
  if (options === undefined) return {};
  if (kindOf(options) !== 'object') {
    throw new IntegrationError(`The options of Stripe() must be an object, not ${kindOf(options)}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = KINDS_OF_OPTIONS[name];
    if (kind === undefined) console.warn(`Stripe() does not know the option ${name}.`);
    else if (value !== undefined && kindOf(value) !== kind) {
      throw new IntegrationError(`The option ${name} of Stripe() must be of type ${kind}, not ${kindOf(value)}.`);
    }
  }
  return options;
}

function checkArguments(method, given, others = []) {
  if (kindOf(given) !== 'object') {
    throw new IntegrationError(`stripe.${method}() needs an object with a clientSecret.`);
  }
  checkSecret(method, given.clientSecret);
  const known = ['clientSecret', 'preCollectedConsent', ...others];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new IntegrationError(`stripe.${method}() does not know the parameter ${unknown}.`);
  }
}

function checkSecret(method, secret) {
  if (typeof secret !== 'string' || secret === '') {
    throw new IntegrationError(`The clientSecret of stripe.${method}() must be a string that is not empty.`);
  }
}

// Returns the id of the intent whose client secret this is. `kind` is setup_intent or payment_intent.
function intentOf(method, secret, kind) {
  checkSecret(method, secret);
  const [id, rest] = secret.split('_secret_');
  if (rest === undefined || !id.startsWith(kind === 'setup_intent' ? 'seti_' : 'pi_')) {
    throw new IntegrationError(`The clientSecret of stripe.${method}() is not that of a ${kind.replace('_', ' ')}.`);
  }
  return id;
}

function notPlayed(what) {
  throw new IntegrationError(`The sandbox does not play ${what}: only bank accounts exist here.`);
}

// What the page sees: window.Stripe. All instances of a page share the one window that can be open.
let current = null;

// Stripe's own has no rule for a second call that is documented: the same call gets the same answer,
// another one an error.
function collect(publishableKey, locale, method, given) {
  checkArguments(method, given);
  const { clientSecret } = given;
  if (current !== null) {
    const isTheSame = current.clientSecret === clientSecret && current.method === method;
    if (isTheSame) return current.result;
    return Promise.resolve(failure('invalid_request_error', 'A bank window is already open.'));
  }
  const token = method === 'collectBankAccountToken';
  const opened = openWindow({ publishableKey, clientSecret, locale, token });
  const result = opened.finally(() => { current = null; }).then((answer) => shaped(answer, token));
  current = { clientSecret, method, result };
  return result;
}

function shaped({ session, error }, withToken) {
  if (error) return { error };
  const { bank_account_token: token = null, ...financialConnectionsSession } = session;
  return withToken ? { financialConnectionsSession, token } : { financialConnectionsSession };
}

function Stripe(publishableKey, options) {
  checkKey(publishableKey);
  const { locale = 'auto' } = checkOptions(options);
  const method = (name) => (given) => collect(publishableKey, locale, name, given);
  return {
    collectFinancialConnectionsAccounts: method('collectFinancialConnectionsAccounts'),
    collectBankAccountToken: method('collectBankAccountToken'),
    // Called by Stripe's loader and by plug-ins, about themselves.
    registerAppInfo() {},
    _registerWrapper() {},
  };
}

// A page that loads the script twice keeps the first: a window may be open.
if (window.Stripe?.sandbox !== origin) {
  Stripe.version = 'endive';
  Stripe.sandbox = origin;
  window.Stripe = Stripe;
}

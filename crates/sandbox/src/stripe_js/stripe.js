// Defines window.Stripe. All instances in a page share the one window that can be open.
let current = null;

// Stripe does not document a second call while a window is open: here, an equal call gets the same result, any other
// one an error.
function collect({ publishableKey, locale, account }, method, given) {
  checkArguments(method, given);
  const { clientSecret } = given;
  if (current !== null) {
    const isTheSame = current.clientSecret === clientSecret && current.method === method;
    if (isTheSame) return current.result;
    return Promise.resolve(failure('invalid_request_error', 'A bank window is already open.'));
  }
  const token = method === 'collectBankAccountToken';
  const opened = openWindow({ publishableKey, clientSecret, locale, token, ...(account && { account }) });
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
  const { locale = 'auto', stripeAccount: account } = checkOptions(options);
  const instance = { publishableKey, locale, account };
  const method = (name) => (given) => collect(instance, name, given);
  return {
    collectFinancialConnectionsAccounts: method('collectFinancialConnectionsAccounts'),
    collectBankAccountToken: method('collectBankAccountToken'),
    // Called by Stripe's loader and by plug-ins to register themselves.
    registerAppInfo() {},
    _registerWrapper() {},
  };
}

// If a page loads the script twice, the first one stays, because its window may be open.
if (window.Stripe?.sandbox !== origin) {
  Stripe.version = 'endive';
  Stripe.sandbox = origin;
  window.Stripe = Stripe;
}

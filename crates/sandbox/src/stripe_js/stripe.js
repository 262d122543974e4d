// Defines window.Stripe. All instances in a page share the one window that can be open.
let current = null;

// Opens a window. Stripe does not document a second call while one is open: here, an equal call gets the same result,
// any other one an error.
function openOnce({ publishableKey, locale, account }, method, clientSecret, wish, shape) {
  if (current !== null) {
    const isTheSame = current.clientSecret === clientSecret && current.method === method;
    if (isTheSame) return current.result;
    return Promise.resolve(failure('invalid_request_error', 'A bank window is already open.'));
  }
  const opened = openWindow({ publishableKey, locale, ...wish, ...(account && { account }) });
  const ended = opened.finally(() => { current = null; });
  const result = ended.then(({ session, error }) => (error ? { error } : shape(session)));
  current = { clientSecret, method, result };
  return result;
}

function collect(instance, method, given) {
  checkArguments(method, given);
  const { clientSecret } = given;
  const token = method === 'collectBankAccountToken';
  return openOnce(instance, method, clientSecret, { clientSecret, token }, (session) => shaped(session, token));
}

function shaped(session, withToken) {
  const { bank_account_token: token = null, ...financialConnectionsSession } = session;
  return withToken ? { financialConnectionsSession, token } : { financialConnectionsSession };
}

// Methods of Stripe.js that are about other ways to pay.
const NOT_PLAYED = [
  'confirmAcssDebitPayment', 'confirmAcssDebitSetup', 'confirmAlipayPayment', 'confirmAuBecsDebitPayment',
  'confirmAuBecsDebitSetup', 'confirmBacsDebitSetup', 'confirmBancontactPayment', 'confirmBancontactSetup',
  'confirmCardPayment', 'confirmCardSetup', 'confirmCashappPayment', 'confirmCashappSetup', 'confirmIdealPayment',
  'confirmIdealSetup', 'confirmKlarnaPayment', 'confirmPayPalPayment', 'confirmPayPalSetup',
  'confirmSepaDebitPayment', 'confirmSepaDebitSetup', 'createConfirmationToken', 'createEmbeddedCheckoutPage',
  'createEphemeralKeyNonce', 'createRadarSession', 'createSource', 'handleCardAction', 'handleNextAction',
  'initCheckout', 'initEmbeddedCheckout', 'paymentRequest', 'redirectToCheckout', 'retrieveSource',
  'verifyIdentity',
];

function Stripe(publishableKey, options) {
  checkKey(publishableKey);
  const { locale = 'auto', stripeAccount: account, apiVersion } = checkOptions(options);
  const instance = { publishableKey, locale, account, apiVersion };
  const method = (name) => (given) => collect(instance, name, given);
  const bound = (name, act, kind) => [name, (...given) => act(instance, name, kind, ...given)];
  const ofIntents = [
    bound('collectBankAccountForPayment', collectForIntent, 'payment_intent'),
    bound('collectBankAccountForSetup', collectForIntent, 'setup_intent'),
    bound('confirmPayment', confirmWithElements, 'payment_intent'),
    bound('confirmSetup', confirmWithElements, 'setup_intent'),
    bound('confirmUsBankAccountPayment', confirmIntent, 'payment_intent'),
    bound('confirmUsBankAccountSetup', confirmIntent, 'setup_intent'),
    bound('retrievePaymentIntent', retrieveIntent, 'payment_intent'),
    bound('retrieveSetupIntent', retrieveIntent, 'setup_intent'),
    bound('verifyMicrodepositsForPayment', verifyIntent, 'payment_intent'),
    bound('verifyMicrodepositsForSetup', verifyIntent, 'setup_intent'),
  ];
  const others = NOT_PLAYED.map((name) => [name, () => notPlayed(`stripe.${name}()`)]);
  return {
    ...Object.fromEntries([...ofIntents, ...others]),
    collectFinancialConnectionsAccounts: method('collectFinancialConnectionsAccounts'),
    collectBankAccountToken: method('collectBankAccountToken'),
    createPaymentMethod: (given) => createPaymentMethod(instance, given),
    createToken: (type, data) => createToken(instance, type, data),
    elements: (given) => makeElements(instance, given),
    // Called by Stripe's loader and by plug-ins to register themselves.
    registerAppInfo() {},
    _registerWrapper() {},
  };
}

// If a page loads the script twice, the first one stays, because its window may be open.
if (window.Stripe?.sandbox !== origin) {
  Stripe.version = version;
  Stripe.sandbox = origin;
  window.Stripe = Stripe;
}

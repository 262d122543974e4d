// Elements: a Payment Element that shows the customer's bank account and opens the bank window.

// Kind of the intent that the page makes later, by the mode of its Elements.
const DEFERRED = { payment: 'payment_intent', setup: 'setup_intent', subscription: 'payment_intent' };

// Checks the options of Elements whose intent does not exist yet.
function checkDeferred({ mode, currency, amount, paymentMethodTypes: types }) {
  if (!Object.hasOwn(DEFERRED, mode)) {
    throw new IntegrationError('stripe.elements() needs a clientSecret, or the mode payment, setup or subscription.');
  }
  if (types && !types.includes('us_bank_account')) notPlayed(`Elements for ${types.join(', ')}`);
  const needsAmount = mode !== 'setup';
  if (needsAmount && (typeof currency !== 'string' || !Number.isInteger(amount))) {
    throw new IntegrationError(`stripe.elements() needs a currency and an amount in the mode ${mode}.`);
  }
}

// Creates a group of Elements for one intent, which may be made later.
function makeElements(instance, options = {}) {
  if (kindOf(options) !== 'object') throw new IntegrationError('stripe.elements() needs an object.');
  const isDeferred = options.clientSecret === undefined;
  const made = new Map();
  const group = {
    clientSecret: options.clientSecret,
    // True if the page has called submit() for this payment, which a deferred one needs.
    isSubmitted: !isDeferred,
    create(type, given) {
      if (type !== 'payment') notPlayed(`the Element ${type}`);
      if (made.has(type)) throw new IntegrationError('An Element of the type payment exists already.');
      if (isDeferred) checkDeferred(options);
      else kindOfSecret(options.clientSecret);
      made.set(type, paymentElement(instance, options.clientSecret, given, () => made.delete(type)));
      return made.get(type);
    },
    // React's components stand for the type that they have.
    getElement: (type) => made.get(type?.__elementType ?? type) ?? null,
    update(changed) {
      if (isDeferred) checkDeferred(Object.assign(options, changed));
    },
    fetchUpdates: async () => ({}),
    async submit() {
      const problem = made.get('payment')?.problem();
      group.isSubmitted = !problem;
      return problem ?? { selectedPaymentMethod: 'us_bank_account' };
    },
  };
  return group;
}

// Returns the kind of intent whose client secret this is.
function kindOfSecret(clientSecret) {
  const kind = String(clientSecret).startsWith('seti_') ? 'setup_intent' : 'payment_intent';
  intentOf('elements', clientSecret, kind);
  return kind;
}

// Opens the bank window for an intent; returns its payment method, or an error.
async function collectForElement(instance, clientSecret, billing) {
  const kind = kindOfSecret(clientSecret);
  const method = kind === 'setup_intent' ? 'collectBankAccountForSetup' : 'collectBankAccountForPayment';
  const params = { payment_method_type: 'us_bank_account', payment_method_data: { billing_details: billing } };
  const { error, [KINDS[kind].name]: found } =
    await collectForIntent(instance, method, kind, { clientSecret, params, expand: ['payment_method'] });
  return { error, paymentMethod: found?.payment_method };
}

// Opens the bank window before there is an intent, and makes a payment method of the account.
async function collectDeferred(instance, billing) {
  const opened = await openOnce(instance, 'elements', undefined, { deferred: true }, (session) => ({ session }));
  const account = opened.session?.accounts[0];
  if (!account) return { error: opened.error };
  const bank = { financial_connections_account: account.id };
  return createPaymentMethod(instance, { type: 'us_bank_account', us_bank_account: bank, billing_details: billing });
}

function paymentElement(instance, clientSecret, options, forget) {
  const listeners = new Map();
  const emit = (event, fields = {}) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener({ elementType: 'payment', ...fields });
  };
  let method = null;
  let loading;
  const root = document.createElement('div');
  const name = document.createElement('input');
  const button = document.createElement('button');
  const shown = document.createElement('p');
  const label = document.createElement('label');
  label.append('Name of the account holder ', name);
  name.value = options?.defaultValues?.billingDetails?.name ?? '';
  name.autocomplete = 'name';
  button.type = 'button';
  button.textContent = 'Connect a bank account (sandbox)';
  shown.setAttribute('role', 'status');
  root.append(label, button, shown);
  const changed = () => emit('change', {
    empty: method === null, complete: method !== null, collapsed: false, value: { type: 'us_bank_account' },
  });
  const connect = async () => {
    if (name.value.trim() === '') {
      shown.textContent = 'Enter a name first.';
      name.focus();
      return;
    }
    const billing = { ...options?.defaultValues?.billingDetails, name: name.value.trim() };
    const collected = await (clientSecret === undefined
      ? collectDeferred(instance, billing)
      : collectForElement(instance, clientSecret, billing));
    if (!collected.paymentMethod) {
      shown.textContent = collected.error?.message ?? '';
      return;
    }
    method = collected.paymentMethod;
    const bank = method.us_bank_account;
    shown.textContent = `${bank.bank_name} ••${bank.last4}`;
    changed();
  };
  button.addEventListener('click', connect);
  root.addEventListener('focusin', ({ relatedTarget }) => root.contains(relatedTarget) || emit('focus'));
  root.addEventListener('focusout', ({ relatedTarget }) => root.contains(relatedTarget) || emit('blur'));
  root.addEventListener('keydown', ({ key }) => key === 'Escape' && emit('escape'));
  const element = {
    mount(target) {
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      if (!place) throw new IntegrationError('The Element can not be mounted: there is no such place.');
      place.append(root);
      // Later, as Stripe's Element has a frame to load first: React adds listeners only after it has mounted the Element.
      clearTimeout(loading);
      loading = setTimeout(() => {
        emit('loaderstart');
        emit('ready');
      });
    },
    unmount() {
      clearTimeout(loading);
      root.remove();
    },
    destroy() {
      element.unmount();
      forget();
    },
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      return element;
    },
    off(event, listener) {
      listeners.set(event, (listeners.get(event) ?? []).filter((one) => listener && one !== listener));
      return element;
    },
    once(event, listener) {
      const first = (given) => {
        element.off(event, first);
        listener(given);
      };
      return element.on(event, first);
    },
    update() {},
    collapse() {},
    focus: () => button.focus(),
    blur: () => button.blur(),
    clear() {
      method = null;
      shown.textContent = '';
      changed();
    },
    problem: () => (method ? null : failure('validation_error', 'Connect a bank account first.')),
    // A deferred intent gets its payment method when it is confirmed.
    paymentMethod: () => (clientSecret === undefined ? method?.id : undefined),
  };
  return element;
}

// Confirms the intent of a group of Elements, or of a client secret, and goes to the return_url unless that is not
// wanted.
function confirmWithElements(instance, method, kind, given) {
  if (kindOf(given) !== 'object') throw new IntegrationError(`stripe.${method}() needs an object.`);
  const { elements, confirmParams = {}, redirect = 'always' } = given;
  const clientSecret = given.clientSecret ?? elements?.clientSecret;
  const { return_url: back, ...data } = confirmParams;
  intentOf(method, clientSecret, kind);
  if (redirect !== 'if_required' && !back) {
    throw new IntegrationError(`stripe.${method}() needs confirmParams.return_url.`);
  }
  if (elements && !elements.isSubmitted) {
    throw new IntegrationError(`elements.submit() must be called before stripe.${method}() if the intent is made later.`);
  }
  const element = elements?.getElement('payment');
  const problem = element?.problem();
  if (problem) return Promise.resolve(problem);
  const chosen = element?.paymentMethod();
  const confirmed = confirmIntent(instance, method, kind, clientSecret, { ...data, ...(chosen && { payment_method: chosen }) });
  return redirect === 'if_required' ? confirmed : confirmed.then((result) => goBack(result, kind, clientSecret, back));
}

// Leaves the page for the return_url with the result; an error stays in the page.
function goBack(result, kind, clientSecret, back) {
  if (result.error) return result;
  const url = new URL(back);
  url.searchParams.set(kind, result[KINDS[kind].name].id);
  url.searchParams.set(`${kind}_client_secret`, clientSecret);
  url.searchParams.set('redirect_status', 'succeeded');
  window.location.assign(url.href);
  return new Promise(() => {});
}

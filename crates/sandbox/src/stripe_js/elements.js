// Elements: a Payment Element that shows the customer's bank account and opens the bank window.

// Creates a group of Elements for one intent.
function makeElements(instance, options = {}) {
  if (kindOf(options) !== 'object') throw new IntegrationError('stripe.elements() needs an object.');
  const made = new Map();
  const group = {
    clientSecret: options.clientSecret,
    create(type, given) {
      if (type !== 'payment') notPlayed(`the Element ${type}`);
      if (made.has(type)) throw new IntegrationError('An Element of the type payment exists already.');
      if (options.clientSecret === undefined) notPlayed('a Payment Element without the clientSecret of an intent');
      made.set(type, paymentElement(instance, options.clientSecret, given, () => made.delete(type)));
      return made.get(type);
    },
    // React's components stand for the type that they have.
    getElement: (type) => made.get(type?.__elementType ?? type) ?? null,
    update() {},
    fetchUpdates: async () => ({}),
    submit: async () => made.get('payment')?.problem() ?? { selectedPaymentMethod: 'us_bank_account' },
  };
  return group;
}

function paymentElement(instance, clientSecret, options, forget) {
  const kind = clientSecret.startsWith('seti_') ? 'setup_intent' : 'payment_intent';
  const method = kind === 'setup_intent' ? 'collectBankAccountForSetup' : 'collectBankAccountForPayment';
  intentOf('elements', clientSecret, kind);
  const listeners = new Map();
  const emit = (event, fields = {}) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener({ elementType: 'payment', ...fields });
  };
  let bank = null;
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
    empty: bank === null, complete: bank !== null, collapsed: false, value: { type: 'us_bank_account' },
  });
  const connect = async () => {
    if (name.value.trim() === '') {
      shown.textContent = 'Enter a name first.';
      name.focus();
      return;
    }
    const billing = { ...options?.defaultValues?.billingDetails, name: name.value.trim() };
    const params = { payment_method_type: 'us_bank_account', payment_method_data: { billing_details: billing } };
    const wish = { clientSecret, params, expand: ['payment_method'] };
    const { error, [KINDS[kind].name]: found } = await collectForIntent(instance, method, kind, wish);
    if (!found?.payment_method) {
      shown.textContent = error?.message ?? '';
      return;
    }
    bank = found.payment_method.us_bank_account;
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
      bank = null;
      shown.textContent = '';
      changed();
    },
    problem: () => (bank ? null : failure('validation_error', 'Connect a bank account first.')),
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
  const problem = elements?.getElement('payment')?.problem();
  if (problem) return Promise.resolve(problem);
  const confirmed = confirmIntent(instance, method, kind, clientSecret, data);
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

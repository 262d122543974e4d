// Page of an application with Stripe's packages for React, as Stripe's guides write it.
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Elements, PaymentElement, useElements, useStripe } from '@stripe/react-stripe-js';
import { loadStripe } from '@stripe/stripe-js';

const stripePromise = loadStripe('pk_test_sandbox');
const billing_details = { name: 'Ada Lovelace', email: 'ada@example.com' };

/** A result as text: the error, or what `describe` says. */
const asText = ({ error, ...result }, describe) => (error ? `${error.type}: ${error.message}` : describe(result));

/** A button whose result is shown beside it. */
function Action({ id, label, act }) {
  const [result, setResult] = useState('');
  const press = async () => setResult(await act().catch((error) => `${error.name}: ${error.message}`));
  return (
    <p>
      <button id={id} onClick={press}>{label}</button> <output id={`${id}-result`}>{result}</output>
    </p>
  );
}

function Actions({ session, intents }) {
  const stripe = useStripe();
  const accounts = async () => {
    const linked = await stripe.collectFinancialConnectionsAccounts({ clientSecret: session });
    return asText(linked, (result) => result.financialConnectionsSession.accounts.map((one) => one.last4).join());
  };
  const collect = async () => {
    const params = { payment_method_type: 'us_bank_account', payment_method_data: { billing_details } };
    const clientSecret = intents.collected;
    const collected = await stripe.collectBankAccountForSetup({ clientSecret, params, expand: ['payment_method'] });
    const bank = ({ setupIntent }) => setupIntent.payment_method?.us_bank_account.last4 ?? 'none';
    return asText(collected, (result) => `${result.setupIntent.status} ${bank(result)}`);
  };
  const confirm = async () => asText(await stripe.confirmUsBankAccountSetup(intents.collected), statusOf);
  const type = async () => {
    const us_bank_account = { routing_number: '110000000', account_number: '000123456789', account_holder_type: 'individual' };
    const payment_method = { us_bank_account, billing_details };
    return asText(await stripe.confirmUsBankAccountSetup(intents.typed, { payment_method }), statusOf);
  };
  const verify = async () =>
    asText(await stripe.verifyMicrodepositsForSetup(intents.typed, { amounts: [32, 45] }), statusOf);
  const card = async () => asText(await stripe.confirmCardSetup(intents.typed), statusOf);
  return (
    <>
      <Action id="accounts" label="Link accounts" act={accounts} />
      <Action id="collect" label="Connect a bank account" act={collect} />
      <Action id="confirm" label="Agree to the mandate" act={confirm} />
      <Action id="type" label="Type the numbers in" act={type} />
      <Action id="verify" label="Enter the small deposits" act={verify} />
      <Action id="card" label="Pay by card" act={card} />
    </>
  );
}

const statusOf = ({ setupIntent }) => setupIntent.status;

/** Creates an intent when the customer saves, in the flow in which it is made last; returns its client secret. */
async function makeIntent() {
  const response = await fetch('/intent', { method: 'POST' });
  return (await response.json()).clientSecret;
}

function Checkout({ isDeferred }) {
  const [stripe, elements] = [useStripe(), useElements()];
  const [events, setEvents] = useState([]);
  const [isShown, setShown] = useState(true);
  const happened = (name) => setEvents((known) => [...known, name]);
  const confirm = async () => {
    const { error } = await elements.submit();
    if (error) return asText({ error });
    const later = isDeferred ? { clientSecret: await makeIntent() } : {};
    return asText(await stripe.confirmSetup({ elements, ...later, redirect: 'if_required' }), statusOf);
  };
  // Knows the element by its component.
  const found = async () => String(elements.getElement(PaymentElement) !== null);
  return (
    <>
      {isShown && (
        <PaymentElement
          id="payment"
          // A new object and new functions with each drawing, as many write it.
          options={{ layout: 'tabs', defaultValues: { billingDetails: billing_details } }}
          onReady={(element) => happened(typeof element.focus === 'function' ? 'ready' : 'no element')}
          onLoaderStart={() => happened('loaderstart')}
          onChange={({ complete, value }) => happened(`${value.type} ${complete}`)}
          onFocus={() => happened('focus')}
        />
      )}
      <output id="events">{events.join()}</output>
      <button id="toggle" onClick={() => setShown(!isShown)}>Show or hide</button>
      <Action id="find" label="Find the element" act={found} />
      <Action id="setup" label="Save" act={confirm} />
    </>
  );
}

const isDeferred = new URLSearchParams(location.search).has('deferred');
const appearance = { theme: 'stripe' };
const optionsOf = ({ intents }) => (isDeferred
  ? { mode: 'setup', currency: 'usd', paymentMethodTypes: ['us_bank_account'], appearance }
  : { clientSecret: intents.element, appearance });

function Application() {
  const [secrets, setSecrets] = useState(null);
  const [count, setCount] = useState(0);
  useEffect(() => {
    let isWanted = true;
    fetch('/start', { method: 'POST' }).then((response) => response.json()).then((given) => isWanted && setSecrets(given));
    return () => {
      isWanted = false;
    };
  }, []);
  return (
    <main>
      <button id="again" onClick={() => setCount(count + 1)}>Draw again</button> <output id="count">{count}</output>
      {secrets && (
        <Elements stripe={stripePromise} options={optionsOf(secrets)}>
          <Actions {...secrets} />
          <Checkout isDeferred={isDeferred} />
        </Elements>
      )}
    </main>
  );
}

// The loader's failure is a promise that nobody waits for.
stripePromise.catch((error) => console.error(error.message));
createRoot(document.getElementById('root')).render(<StrictMode><Application /></StrictMode>);

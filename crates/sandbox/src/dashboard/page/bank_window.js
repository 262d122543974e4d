// Acts as a merchant: creates a session and opens the bank window, as a merchant's page would.

import { api, showError, showMessage } from './calls.js';
import { refresh } from './state.js';

const PERMISSIONS = ['payment_method', 'balances', 'ownership', 'transactions'];

export async function link({ customer, holder, authorization, account, permissions = PERMISSIONS }) {
  const form = permissions.map((one) => ['permissions[]', one]);
  const given = customer ? { type: 'customer', customer } : holder ?? {};
  for (const [name, value] of Object.entries(given)) form.push([`account_holder[${name}]`, value]);
  if (authorization) form.push(['relink_options[authorization]', authorization]);
  if (account) form.push(['relink_options[account]', account], ['limits[accounts]', '1']);
  try {
    const { client_secret: clientSecret } = await api('POST', 'financial_connections/sessions', form);
    const stripe = (await load())('pk_test_sandbox');
    report(await stripe.collectFinancialConnectionsAccounts({ clientSecret }));
  } catch (error) {
    showError(error.message);
  }
  refresh();
}

function report({ financialConnectionsSession: session, error }) {
  if (error) {
    showError(error.message);
    return;
  }
  const { accounts, relink_result: result, status } = session;
  if (result?.failure_reason) showMessage(`The relink failed: ${result.failure_reason}.`);
  else if (accounts.length === 0) showMessage(`The session ended as ${status}, without accounts.`);
  else showMessage(`Shared: ${accounts.map(({ institution_name: bank, last4 }) => `${bank} ••${last4}`).join(', ')}.`);
}

// Loaded on demand, so that a fault for /stripe.js is left for the page under test.
function load() {
  return new Promise((resolve, reject) => {
    if (window.Stripe) {
      resolve(window.Stripe);
      return;
    }
    const script = document.createElement('script');
    script.src = '/stripe.js';
    script.addEventListener('load', () => resolve(window.Stripe));
    script.addEventListener('error', () => {
      script.remove();
      reject(new Error('Stripe.js did not load. Is there a fault for it?'));
    });
    document.head.append(script);
  });
}

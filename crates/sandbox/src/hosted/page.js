// The hosted page: reads the session of this link, opens the bank window on a click, and leads back to the merchant.
// The client secret stays in memory.
(() => {
  'use strict';

  const text = document.getElementById('text');
  const go = document.getElementById('go');
  const back = document.getElementById('back');

  const OUTCOMES = {
    succeeded: 'Your bank account is connected again.',
    completed: 'Your bank account is connected again.',
    failed: 'That did not work. Ask for a new link to try again.',
    cancelled: 'You closed the window. Ask for a new link to try again.',
  };

  async function begin() {
    const answer = await fetch(location.pathname, { method: 'POST' });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error.message);
    return body;
  }

  function end(message, returnUrl) {
    text.textContent = message;
    go.hidden = true;
    if (!returnUrl) return;
    back.href = returnUrl;
    back.hidden = false;
    back.focus();
  }

  go.addEventListener('click', async () => {
    go.disabled = true;
    try {
      const session = await begin();
      const options = session.account === null ? {} : { stripeAccount: session.account };
      const stripe = window.Stripe(session.publishable_key, options);
      const result = await stripe.collectFinancialConnectionsAccounts({ clientSecret: session.client_secret });
      const status = result.error ? 'failed' : result.financialConnectionsSession.status;
      end(OUTCOMES[status] ?? OUTCOMES.failed, session.return_url);
    } catch (error) {
      end(error.message, null);
    }
  });
})();

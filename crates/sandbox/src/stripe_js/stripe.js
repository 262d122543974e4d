// The sandbox's own Stripe.js: defines window.Stripe and opens the bank window of the sandbox that
// served this script. The client secret goes to that window by message only, never into an address,
// an attribute, a log or a store.
(() => {
  'use strict';

  const origin = new URL(document.currentScript.src).origin;
  const WINDOW_NAME = 'sandbox-bank';
  // The page in the window answers at once; this is for a sandbox that is not running.
  const MILLISECONDS_TO_ANSWER = 15000;
  const KEY_KINDS = /^pk_(test|live)_/;

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = 'IntegrationError';
    }
  }

  // The one window of this page, while it is open: {clientSecret, result}.
  let current = null;

  function checkKey(key) {
    if (typeof key !== 'string' || key === '') {
      throw new IntegrationError('Stripe() needs a publishable key.');
    }
    if (/^[sr]k_/.test(key)) {
      throw new IntegrationError('Stripe() needs a publishable key; never use a secret key in a page.');
    }
    if (!KEY_KINDS.test(key)) {
      throw new IntegrationError('Stripe() needs a publishable key that starts with pk_test_ or pk_live_.');
    }
  }

  function checkArguments(given) {
    if (given === null || typeof given !== 'object') {
      throw new IntegrationError('collectFinancialConnectionsAccounts() needs an object with a clientSecret.');
    }
    if (typeof given.clientSecret !== 'string' || given.clientSecret === '') {
      throw new IntegrationError('clientSecret must be a string that is not empty.');
    }
  }

  function failure(type, message) {
    return { error: { type, message } };
  }

  // A modal dialog lies above everything, makes the page behind it inert, and gives the focus back.
  function makeDialog() {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-label', 'Bank window');
    const frame = document.createElement('iframe');
    frame.name = WINDOW_NAME;
    frame.title = 'Connect your bank (sandbox)';
    Object.assign(dialog.style, {
      position: 'fixed', inset: '0', width: '100%', height: '100%', maxWidth: 'none', maxHeight: 'none',
      margin: '0', padding: '0', border: '0', background: 'transparent', overflow: 'hidden',
      zIndex: '2147483647',
    });
    Object.assign(frame.style, {
      display: 'block', width: '100%', height: '100%', border: '0', background: 'transparent',
      // The page in it follows the reader's scheme; where both agree, the frame stays see-through.
      colorScheme: 'light dark',
    });
    frame.src = `${origin}/bank`;
    dialog.append(frame);
    return { dialog, frame };
  }

  function openWindow(publishableKey, clientSecret) {
    return new Promise((resolve) => {
      const focused = document.activeElement;
      const { dialog, frame } = makeDialog();
      const { port1: port, port2: theirs } = new MessageChannel();

      const end = (result) => {
        clearTimeout(deadline);
        port.close();
        dialog.close();
        dialog.remove();
        if (focused && focused.isConnected) focused.focus();
        resolve(result);
      };
      const deadline = setTimeout(() => {
        end(failure('api_connection_error', 'The bank window did not load.'));
      }, MILLISECONDS_TO_ANSWER);

      port.onmessage = ({ data }) => {
        if (data.kind === 'opened') clearTimeout(deadline);
        if (data.kind === 'refused') end({ error: data.error });
        if (data.kind === 'ended') end({ financialConnectionsSession: data.session });
      };
      frame.addEventListener('load', () => {
        const message = { kind: 'sandbox-bank', publishableKey, clientSecret };
        frame.contentWindow.postMessage(message, origin, [theirs]);
        frame.focus();
      }, { once: true });
      // Escape, when the focus is outside the frame: the window itself ends the session.
      dialog.addEventListener('cancel', (event) => {
        event.preventDefault();
        port.postMessage({ kind: 'close' });
      });

      document.body.append(dialog);
      dialog.showModal();
    });
  }

  function collect(publishableKey, given) {
    checkArguments(given);
    const { clientSecret } = given;
    if (current !== null) {
      if (current.clientSecret === clientSecret) return current.result;
      return Promise.resolve(failure('invalid_request_error', 'A bank window is already open.'));
    }
    const result = openWindow(publishableKey, clientSecret).finally(() => {
      current = null;
    });
    current = { clientSecret, result };
    return result;
  }

  function Stripe(publishableKey, _options) {
    checkKey(publishableKey);
    return {
      collectFinancialConnectionsAccounts: (given) => collect(publishableKey, given),
    };
  }

  window.Stripe = Stripe;
})();

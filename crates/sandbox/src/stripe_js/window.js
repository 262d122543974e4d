// The bank window: a frame over the whole page. The client secret is passed to it by message only, never in a URL, an
// attribute, a log or storage.
const WINDOW_NAME = 'sandbox-bank';
// The page in the window answers at once; the timeout is for a sandbox that is not running.
const MILLISECONDS_TO_ANSWER = 15000;

function failure(type, message) {
  return { error: { type, message } };
}

// Like Stripe's window, it lies above the page by its z-index: below a modal dialog of the page, and it inherits
// `pointer-events` from the body. As a modal dialog (`isModal`), it is above everything, and the page behind it is inert.
// Styles are set by script, which a content security policy without inline styles allows.
function makeOverlay() {
  const overlay = document.createElement(isModal ? 'dialog' : 'div');
  overlay.setAttribute('role', 'dialog');
  overlay.setAttribute('aria-label', 'Bank window');
  const frame = document.createElement('iframe');
  frame.name = WINDOW_NAME;
  frame.title = 'Connect your bank (sandbox)';
  Object.assign(overlay.style, {
    position: 'fixed', inset: '0', width: '100%', height: '100%', maxWidth: 'none', maxHeight: 'none',
    margin: '0', padding: '0', border: '0', background: 'transparent', overflow: 'hidden',
    zIndex: '2147483647',
  });
  Object.assign(frame.style, {
    display: 'block', width: '100%', height: '100%', border: '0', background: 'transparent',
    // The frame stays transparent only if its colour scheme equals that of the page in it.
    colorScheme: 'light dark',
  });
  frame.src = `${origin}/bank`;
  overlay.append(frame);
  return { overlay, frame };
}

// Always resolves, with {session} or {error}. `wish` is the message that starts the page in the window.
function openWindow(wish) {
  return new Promise((resolve) => {
    const focused = document.activeElement;
    const { overlay, frame } = makeOverlay();
    const { port1: port, port2: theirs } = new MessageChannel();

    const end = (result) => {
      clearTimeout(deadline);
      port.close();
      if (isModal) overlay.close();
      overlay.remove();
      if (focused && focused.isConnected) focused.focus();
      resolve(result);
    };
    const deadline = setTimeout(() => {
      end(failure('api_connection_error', 'The bank window did not load.'));
    }, MILLISECONDS_TO_ANSWER);

    port.onmessage = ({ data }) => {
      if (data.kind === 'opened') clearTimeout(deadline);
      if (data.kind === 'refused') end({ error: data.error });
      if (data.kind === 'ended') end({ session: data.session });
    };
    frame.addEventListener('load', () => {
      frame.contentWindow.postMessage({ kind: 'sandbox-bank', ...wish }, origin, [theirs]);
      frame.focus();
    }, { once: true });
    // Escape with the focus outside the frame: the window itself ends the session.
    overlay.addEventListener('cancel', (event) => {
      event.preventDefault();
      port.postMessage({ kind: 'close' });
    });

    (document.body ?? document.documentElement).append(overlay);
    if (isModal) overlay.showModal();
  });
}

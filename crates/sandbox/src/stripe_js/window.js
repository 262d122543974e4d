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
    colorScheme: 'light dark', opacity: '0',
  });
  frame.src = `${origin}/bank`;
  const placeholder = makePlaceholder();
  overlay.append(placeholder, frame);
  const reveal = () => {
    frame.style.opacity = '';
    placeholder.remove();
  };
  return { overlay, frame, reveal };
}

// An empty card with a turning ring, which is there at once: on a slow network, the page in the frame takes seconds.
function makePlaceholder() {
  const [veil, card, bar, ring] = ['div', 'div', 'div', 'div'].map((name) => document.createElement(name));
  Object.assign(veil.style, {
    position: 'absolute', inset: '0', display: 'grid', placeItems: 'center', boxSizing: 'border-box', padding: '16px',
    colorScheme: 'light dark', background: 'light-dark(rgb(22 27 38 / 55%), rgb(0 0 0 / 65%))',
  });
  Object.assign(card.style, {
    width: '100%', maxWidth: '28rem', height: '20rem', overflow: 'hidden', borderRadius: '12px',
    background: 'light-dark(#ffffff, #12161f)', color: 'light-dark(#1553b6, #86b4ff)',
  });
  Object.assign(bar.style, { height: '52px', background: 'light-dark(#fff6e3, #33250a)' });
  Object.assign(ring.style, {
    boxSizing: 'border-box', width: '32px', height: '32px', margin: '84px auto',
    border: '3px solid', borderTopColor: 'transparent', borderRadius: '50%',
  });
  veil.setAttribute('aria-hidden', 'true');
  card.append(bar, ring);
  veil.append(card);
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) {
    ring.animate({ rotate: ['0deg', '360deg'] }, { duration: 900, iterations: Infinity });
  }
  return veil;
}

// Always resolves, with {session} or {error}. `wish` is the message that starts the page in the window.
function openWindow(wish) {
  return new Promise((resolve) => {
    const focused = document.activeElement;
    const { overlay, frame, reveal } = makeOverlay();
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
      if (data.kind === 'opened') {
        clearTimeout(deadline);
        reveal();
      }
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

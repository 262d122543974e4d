// The bank window: a frame in a modal dialog. The client secret goes to it by message only, never into
// an address, an attribute, a log or a store.
const WINDOW_NAME = 'sandbox-bank';
// The page in the window answers at once; this is for a sandbox that is not running.
const MILLISECONDS_TO_ANSWER = 15000;

function failure(type, message) {
  return { error: { type, message } };
}

// A modal dialog lies above everything, makes the page behind it inert, and gives the focus back.
// Its looks are set by script, which a policy without inline styles allows.
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

// Resolves, never rejects: {session} or {error}. `wish` is what the page in the window needs to know.
function openWindow(wish) {
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
      if (data.kind === 'ended') end({ session: data.session });
    };
    frame.addEventListener('load', () => {
      frame.contentWindow.postMessage({ kind: 'sandbox-bank', ...wish }, origin, [theirs]);
      frame.focus();
    }, { once: true });
    // Escape, when the focus is outside the frame: the window itself ends the session.
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      port.postMessage({ kind: 'close' });
    });

    (document.body ?? document.documentElement).append(dialog);
    dialog.showModal();
  });
}

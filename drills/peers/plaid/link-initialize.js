// Stub of the script of the same name at cdn.plaid.com, which can't be fetched in a test. It has what
// react-plaid-link calls and is ready at once. The real script is larger, and loads a frame before it is ready.
window.Plaid = {
  create({ onLoad }) {
    queueMicrotask(() => onLoad?.());
    return { open: () => (window.opened = true), exit() {}, submit() {}, destroy() {} };
  },
};

// Stands in for the script of the same name at cdn.plaid.com, which can't be fetched in a test: what react-plaid-link calls,
// ready at once. The real one weighs more and has a frame to load before it is ready.
window.Plaid = {
  create({ onLoad }) {
    queueMicrotask(() => onLoad?.());
    return { open: () => (window.opened = true), exit() {}, submit() {}, destroy() {} };
  },
};

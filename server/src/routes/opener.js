// Warns the developers of a page whose Cross-Origin-Opener-Policy separates it from the bank's window, which then can't
// report back. The element imports this once, when a bank window opens.
fetch(location.href, { method: "HEAD" }).then(
  ({ headers }) => {
    const policy = headers.get("cross-origin-opener-policy") ?? "";
    if (/^\s*same-origin\s*(;|$)/.test(policy))
      console.warn(
        "bank-relink: this page has Cross-Origin-Opener-Policy: same-origin, so the bank's window can't report back; " +
          "use same-origin-allow-popups",
      );
  },
  () => {},
);

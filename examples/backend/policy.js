// The shop's security headers: those of docs/embed.md, and a test compares the two.

const STRIPE = {
  script: "https://js.stripe.com https://*.js.stripe.com",
  connect: "https://api.stripe.com",
  frame: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
  image: " https://*.stripe.com",
};

/** Policy of a page with the element: script and styles from relink-server, the bank window from Stripe. */
function elementPolicy(relink, { script, connect, frame, image }) {
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${relink} ${script}`,
    `style-src 'self' ${relink}`,
    `connect-src 'self' ${relink} ${connect}`,
    `frame-src ${frame}`,
    `img-src 'self' data:${image}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
}

/** Policy of a page with relink-server's iframe, which has its own policy. */
const iframePolicy = (relink) => [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  `frame-src ${relink}`,
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
];

/** Returns the headers of every response. `sandbox` replaces Stripe, if set. */
export function policyOf(pathname, { relink, sandbox }) {
  const stripe = sandbox ? { script: sandbox, connect: sandbox, frame: sandbox, image: "" } : STRIPE;
  const policy = pathname.startsWith("/iframe") ? iframePolicy(relink) : elementPolicy(relink, stripe);
  return {
    "Content-Security-Policy": policy.join("; "),
    // With `same-origin`, a bank's own window could not report back; with `no-referrer`, banks refuse.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
  };
}

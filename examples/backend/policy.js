// The shop's security headers: those of docs/embed.md, which a test compares with these.

const STRIPE = {
  script: "https://js.stripe.com https://*.js.stripe.com",
  connect: "https://api.stripe.com",
  frame: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
  image: " https://*.stripe.com",
};

/** The page holds the element: its script and styles come from relink-server, the bank's window from Stripe. */
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

/** The page holds an iframe of relink-server's, which has a policy of its own. */
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

/** The headers of every answer. `sandbox` stands in for Stripe, where there is one. */
export function policyOf(pathname, { relink, sandbox }) {
  const stripe = sandbox ? { script: sandbox, connect: sandbox, frame: sandbox, image: "" } : STRIPE;
  const policy = pathname.startsWith("/iframe") ? iframePolicy(relink) : elementPolicy(relink, stripe);
  return {
    "Content-Security-Policy": policy.join("; "),
    // With `same-origin` a bank's own window could not report back, and with `no-referrer` banks refuse.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
  };
}

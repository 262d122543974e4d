// The shop's own server: pages, sessions, and the tokens for relink-server. Node.js 20 or newer, no dependencies:
// `node examples/backend/server.js examples/merchant`
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { files } from "./files.js";
import { policyOf } from "./policy.js";
import { customerToken } from "./token.js";

const setting = (name, otherwise) => process.env[name] || otherwise;
const [host, port] = setting("SHOP_LISTEN", "127.0.0.1:4282").split(":");
/** Address of relink-server, which may have a path. */
const relink = new URL(setting("RELINK_URL", "http://127.0.0.1:4280")).href.replace(/\/$/, "");
/** Origin of Stripe.js and the bank windows if not Stripe: the sandbox. */
const sandbox = setting("SHOP_SANDBOX", "");
const customer = setting("SHOP_CUSTOMER", "cus_SandboxJenny");
/** Key of relink-server's API for back ends, if this shop has one. */
const apiKey = setting("RELINK_API_KEY", "");
const key = setting("RELINK_TOKEN_KEY");
if (!key) {
  console.error("RELINK_TOKEN_KEY is not set: the key that relink-server checks tokens with (HS256)");
  process.exit(1);
}

const folder = resolve(process.argv[2] ?? "examples/merchant");
const page = files(folder);
const themes = files(resolve(import.meta.dirname, "../themes"));

/** Signed-in customers by session id. A real shop stores these in its database. */
const sessions = new Map();
const COOKIE = "shop_session";

/** Returns the session of a request. */
function sessionOf(request, response) {
  const cookies = (request.headers.cookie ?? "").split(";").map((cookie) => cookie.trim().split("="));
  const id = cookies.find(([name]) => name === COOKIE)?.[1];
  // This is a demo: every new visitor is signed in. A real shop requires a password.
  return sessions.has(id) ? { id, customer: sessions.get(id) } : signIn(request, response);
}

function signIn(request, response) {
  const id = randomUUID();
  sessions.set(id, customer);
  // Only a TLS proxy in front knows whether browsers accept `Secure`.
  const secure = request.headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
  response.setHeader("Set-Cookie", `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax${secure}`);
  return { id, customer };
}

/**
 * True if one of the customer's connections is broken. A real shop has this in its own database, by the events
 * `connection.broken` and `connection.repaired`. What can't be learned soon doesn't delay the page.
 */
async function isBroken(customer) {
  if (!apiKey) return false;
  const query = new URLSearchParams({ customer, state: "broken", limit: 1 });
  const request = { headers: { Authorization: `Bearer ${apiKey}` }, signal: AbortSignal.timeout(500) };
  try {
    const response = await fetch(`${relink}/api/connections?${query}`, request);
    return response.ok && (await response.json()).data.length > 0;
  } catch {
    return false;
  }
}

const json = (response, status, body) =>
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(JSON.stringify(body));

const goTo = (response, place) => response.writeHead(303, { Location: place }).end();

const routes = {
  /** For the element (`token-url`, or `getToken`). Only this shop's own pages can read the response. */
  "/account/bank-token"(_request, response, session) {
    if (!session.customer) return json(response, 401, { error: "signed out" });
    return json(response, 200, { token: customerToken(key, session.customer, session.id) });
  },
  /**
   * Gives relink-server's own page a token (RELINK_TOKEN_URL, for a shop at another origin). The browser is redirected
   * to the configured address of relink-server, which is never taken from the request.
   */
  "/account/bank-sign-in"(_request, response, session, query) {
    // A real shop signs the customer in here, then continues.
    if (!session.customer) return goTo(response, "/signed-out");
    const token = customerToken(key, session.customer, session.id);
    response.setHeader("Cache-Control", "no-store");
    return goTo(response, `${relink}/#${new URLSearchParams({ state: query.get("state") ?? "", token })}`);
  },
  "/account/sign-out"(_request, response, { id }) {
    sessions.set(id, null);
    return goTo(response, "/signed-out");
  },
  "/account/sign-in"(request, response) {
    signIn(request, response);
    return goTo(response, "/");
  },
};

/**
 * Rejects forms and scripts of other sites that would change something. Older browsers don't send `Sec-Fetch-Site`, and
 * none does over plain http. Behind a TLS proxy, the origin is https.
 */
const isOwn = ({ method, headers }) => {
  if (method === "GET" || method === "HEAD") return true;
  const site = headers["sec-fetch-site"];
  return site ? site === "same-origin" : [`http://${headers.host}`, `https://${headers.host}`].includes(headers.origin);
};

async function answer(request, response) {
  const { pathname, searchParams } = new URL(`http://shop${request.url}`);
  for (const [name, value] of Object.entries(policyOf(pathname, { relink: new URL(relink).origin, sandbox }))) response.setHeader(name, value);
  if (!isOwn(request)) return json(response, 403, { error: "from another site" });
  const session = sessionOf(request, response);
  const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
  if (route) return route(request, response, session, searchParams);
  if (!session.customer && pathname === "/") return goTo(response, "/signed-out");
  const isTheme = /^\/themes(\/|$)/.test(pathname);
  const attention = pathname === "/" && (await isBroken(session.customer)) ? "expected" : "";
  const words = { "{{relink}}": relink, "{{attention}}": attention };
  if (isTheme) return themes(request, response, pathname.slice("/themes".length), words);
  return page(request, response, pathname, words);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) json(response, 500, { error: "this is on our side" });
  });
});

server.listen(Number(port), host, () => console.log(`listening on http://${host}:${server.address().port}/`));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));

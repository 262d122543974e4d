// The shop's own server: its pages, who is signed in, and the token that tells relink-server so. Node.js 20 or newer, nothing
// to install. `node examples/backend/server.js examples/merchant`
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { files } from "./files.js";
import { policyOf } from "./policy.js";
import { customerToken } from "./token.js";

const setting = (name, otherwise) => process.env[name] || otherwise;
const [host, port] = setting("SHOP_LISTEN", "127.0.0.1:4282").split(":");
const relink = new URL(setting("RELINK_URL", "http://127.0.0.1:4280")).origin;
/** Where Stripe.js and the banks' windows come from, if not from Stripe: the sandbox. */
const sandbox = setting("SHOP_SANDBOX", "");
const customer = setting("SHOP_CUSTOMER", "cus_SandboxJenny");
const key = setting("RELINK_TOKEN_KEY");
if (!key) {
  console.error("RELINK_TOKEN_KEY is not set: the key that relink-server checks tokens with (HS256)");
  process.exit(1);
}

const folder = resolve(process.argv[2] ?? "examples/merchant");
const page = files(folder, { "{{relink}}": relink });
const themes = files(resolve(import.meta.dirname, "../themes"), { "{{relink}}": relink });

/** Who is signed in, by the session's cookie. A shop has these in its database. */
const sessions = new Map();
const COOKIE = "shop_session";

/** Whose session it is. */
function sessionOf(request, response) {
  const cookies = (request.headers.cookie ?? "").split(";").map((cookie) => cookie.trim().split("="));
  const id = cookies.find(([name]) => name === COOKIE)?.[1];
  // This is a demo: whoever comes for the first time is signed in. A shop asks for a password.
  return sessions.has(id) ? { id, customer: sessions.get(id) } : signIn(response);
}

function signIn(response) {
  const id = randomUUID();
  sessions.set(id, customer);
  response.setHeader("Set-Cookie", `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`);
  return { id, customer };
}

const json = (response, status, body) =>
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(JSON.stringify(body));

const goTo = (response, place) => response.writeHead(303, { Location: place }).end();

const routes = {
  /** What the element asks (`token-url`, or `getToken`). Only this shop's own pages can read the answer. */
  "/account/bank-token"(_request, response, session) {
    if (!session.customer) return json(response, 401, { error: "signed out" });
    return json(response, 200, { token: customerToken(key, session.customer, session.id) });
  },
  /**
   * Gives relink-server's own page a token (RELINK_TOKEN_URL, where the shop has another origin). The browser is led back to
   * relink-server's address, which is never taken from the request.
   */
  "/account/bank-sign-in"(_request, response, session, query) {
    // A shop signs the customer in here, and then goes on.
    if (!session.customer) return goTo(response, "/signed-out");
    const token = customerToken(key, session.customer, session.id);
    response.setHeader("Cache-Control", "no-store");
    return goTo(response, `${relink}/#${new URLSearchParams({ state: query.get("state") ?? "", token })}`);
  },
  "/account/sign-out"(_request, response, { id }) {
    sessions.set(id, null);
    return goTo(response, "/signed-out");
  },
  "/account/sign-in"(_request, response) {
    signIn(response);
    return goTo(response, "/");
  },
};

/** A form or a script of another site must change nothing here. */
const isOwn = ({ method, headers }) =>
  method === "GET" || method === "HEAD" || headers["sec-fetch-site"] === "same-origin" || headers.origin === `http://${headers.host}`;

async function answer(request, response) {
  const { pathname, searchParams } = new URL(`http://shop${request.url}`);
  for (const [name, value] of Object.entries(policyOf(pathname, { relink, sandbox }))) response.setHeader(name, value);
  if (!isOwn(request)) return json(response, 403, { error: "from another site" });
  const session = sessionOf(request, response);
  const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
  if (route) return route(request, response, session, searchParams);
  if (!session.customer && pathname === "/") return goTo(response, "/signed-out");
  const isTheme = /^\/themes(\/|$)/.test(pathname);
  return isTheme ? themes(request, response, pathname.slice("/themes".length)) : page(request, response, pathname);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) json(response, 500, { error: "this is on our side" });
  });
});

server.listen(Number(port), host, () => console.log(`listening on http://${host}:${server.address().port}/`));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));

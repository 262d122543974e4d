// The token that says who the customer is. Any JWT library makes it; it is short enough to be seen here.
import { createHmac } from "node:crypto";

const MINUTES = 10;
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** For this customer, in this sign-in session; signed with the key that relink-server has as RELINK_TOKEN_KEY. */
export function customerToken(key, customer, session) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: customer, sid: session, iat: now, exp: now + MINUTES * 60 };
  const text = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

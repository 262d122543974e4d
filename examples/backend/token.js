// The token that identifies the customer. Any JWT library can make it; this is short enough to show how.
import { createHmac } from "node:crypto";

const MINUTES = 10;
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Returns a token for this customer and session, signed with the key that relink-server has as RELINK_TOKEN_KEY. */
export function customerToken(key, customer, session) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: customer, sid: session, iat: now, exp: now + MINUTES * 60 };
  const text = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

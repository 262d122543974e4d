// Token for the signed-in customer, with Node.js alone: node token.mjs token.pem cus_… SIGN_IN
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";

export function token(key, customer, signIn) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = part({ alg: "EdDSA", typ: "JWT" });
  const text = `${head}.${part({ sub: customer, sid: signIn, iat: now, exp: now + 600 })}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}

const [file, customer, signIn] = process.argv.slice(2);
console.log(token(createPrivateKey(readFileSync(file)), customer, signIn));

// Webhook endpoint as people write it with Fastify: verifies with Stripe's own library, stores, and responds.

import fastify from "fastify";
import Stripe from "stripe";

import { openStore } from "./store.js";

const stripe = new Stripe("sk_test_never_used");
const secret = process.env.STRIPE_WEBHOOK_SECRET;
const store = openStore(process.env.DATABASE_FILE);
const app = fastify();

// The signature covers the raw bytes.
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));

app.post("/webhooks/stripe", async (request, reply) => {
  let event;
  try {
    event = stripe.webhooks.constructEvent(request.body, request.headers["stripe-signature"], secret);
  } catch (error) {
    return reply.code(400).send(error.message);
  }
  store(event, request.body);
  return { received: true };
});

await app.listen({ port: 0, host: "127.0.0.1" });
console.log(`listening on http://127.0.0.1:${app.server.address().port}`);

// Webhook endpoint as people write it with Express: verifies with Stripe's own library, stores, and responds.

import express from "express";
import Stripe from "stripe";

import { openStore } from "./store.js";

const stripe = new Stripe("sk_test_never_used");
const secret = process.env.STRIPE_WEBHOOK_SECRET;
const store = openStore(process.env.DATABASE_FILE);
const app = express();

app.post("/webhooks/stripe", express.raw({ type: "application/json" }), (request, response) => {
  let event;
  try {
    event = stripe.webhooks.constructEvent(request.body, request.headers["stripe-signature"], secret);
  } catch (error) {
    response.status(400).send(error.message);
    return;
  }
  store(event, request.body);
  response.json({ received: true });
});

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

//! The whole server, asked as a browser would, with Stripe faked at the socket.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod access;
mod account;
mod accounts;
mod accounts_at_stripe;
mod callers;
mod connections;
mod demo;
mod follow_ups;
mod headers;
mod objects;
mod outcomes;
mod page;
mod payment_method;
mod secrets;
mod sessions;
mod stripe_faults;
mod support;

//! The whole server, asked as a browser would, with Stripe faked at the socket.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod access;
mod accounts;
mod callers;
mod connections;
mod demo;
mod headers;
mod outcomes;
mod page;
mod secrets;
mod sessions;
mod stripe_faults;
mod support;

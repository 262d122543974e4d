//! Tests of the whole server through its HTTP interface, with Stripe faked at the socket.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod access;
mod account;
mod accounts;
mod accounts_at_stripe;
mod attempts;
mod audit;
mod back_end;
mod callers;
mod changes;
mod clocks;
mod connections;
mod console;
mod database;
mod demo;
mod disk;
mod endings;
mod follow_ups;
mod greedy;
mod headers;
mod inputs;
mod messages;
mod objects;
mod outcomes;
mod own_page;
mod page;
mod payment_method;
mod pooler;
mod process;
mod proxies;
mod requests;
mod secrets;
mod sessions;
mod stopping;
mod stripe;
mod stripe_faults;
mod support;
mod tasks;
mod trail;
mod webhooks;

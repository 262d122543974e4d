//! Tests of the whole server through its HTTP interface, with Stripe faked at the socket.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod account;
mod accounts;
mod accounts_at_stripe;
mod alerts;
mod arbitrary_text;
mod attempts;
mod audit;
mod authorization;
mod back_end;
mod background_refresh;
mod base_path;
mod brand;
mod capacity;
mod changes;
mod check;
mod clocks;
mod connections;
mod console;
mod database;
mod demo;
mod deploy;
mod disk;
mod doctor;
mod encryption;
mod fairness;
mod first_events;
mod going_live;
mod headers;
mod lasting_repairs;
mod log_messages;
mod look_alikes;
mod merchant_webhooks;
mod merchants;
mod metrics;
mod objects;
mod openapi;
mod outcomes;
mod own_page;
mod page;
mod page_calls;
mod payment_method;
mod pooler;
mod process;
mod proxies;
mod request_log;
mod requests;
mod rolled_secrets;
mod secrets;
mod sessions;
mod settled_by_webhook;
mod shutdown;
mod start;
mod stripe;
mod stripe_faults;
mod support;
mod tasks;
mod tls_proxies;
mod token_examples;
mod tokens;
mod traces;
mod trail;
mod webhooks;
mod with_sandbox;

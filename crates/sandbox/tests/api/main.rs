//! Tests of the sandbox in-process, as Stripe's clients and the bank window see it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod account_changes;
mod accounts;
mod admin_api;
mod bank_window;
mod client;
mod clock;
mod conventions;
mod customers;
mod dashboard;
mod data;
mod deliveries;
mod emails;
mod events;
mod expand;
mod faults;
mod hosted;
mod keys;
mod logs;
mod pages;
mod payment_methods;
mod rate;
mod receiver;
mod recorder;
mod scenario;
mod seed;
mod sessions;
mod setup_intents;
mod socket;
mod switches;
mod test_institutions;
mod transactions;
mod undocumented;
mod versions;
mod webhook_endpoints;

//! Tests of the sandbox in-process, as Stripe's clients and the bank window see it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod account_changes;
mod accounts;
mod bank_window;
mod client;
mod clock;
mod control;
mod control_room;
mod conventions;
mod customers;
mod data;
mod deliveries;
mod events;
mod expand;
mod faults;
mod hosted;
mod live;
mod logs;
mod mails;
mod pages;
mod payment_methods;
mod rate;
mod receiver;
mod recorder;
mod scenario;
mod seed;
mod sessions;
mod setup_intents;
mod switches;
mod test_institutions;
mod transactions;
mod unknowns;
mod versions;
mod webhook_endpoints;
mod wire;

//! The sandbox as Stripe's clients and the bank window see it, called in-process.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod accounts;
mod bank_window;
mod client;
mod control;
mod conventions;
mod logs;
mod pages;
mod sessions;
mod versions;

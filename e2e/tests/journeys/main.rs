//! Complete journeys of a customer in a real browser, from the account list to each outcome.
//!
//! Each has its own sandbox, server and browser, and checks both the screens and the records.

#![expect(clippy::indexing_slicing, reason = "in tests; and of JSON, where what is not there is null")]

mod access;
mod account_states;
mod connect;
mod element;
mod failures;
mod holders;
mod in_chromium;
mod input_methods;
mod keyboard;
mod languages;
mod lazy_loading;
mod live_updates;
mod look_alikes;
mod narrowing;
mod next_steps;
mod not_in_webkit;
mod one_attempt_per_gesture;
mod outcomes;
mod own_page;
mod page;
mod payment_methods;
mod purposes;
mod relink_requests;
mod reload;
mod sandbox_dashboard;
mod theme;

//! Complete journeys of a customer in a real browser, from the account list to each outcome.
//!
//! Each has its own sandbox, server and browser, and checks both the screens and the records.

#![expect(clippy::indexing_slicing, reason = "in tests; and of JSON, where what is not there is null")]

mod access;
mod asked;
mod control_room;
mod element;
mod in_chromium;
mod keyboard;
mod kinds;
mod languages;
mod later;
mod live;
mod narrowing;
mod next_steps;
mod not_in_webkit;
mod once;
mod outcomes;
mod own_page;
mod page;
mod paying;
mod reload;
mod states;
mod theme;
mod trouble;
mod ways;

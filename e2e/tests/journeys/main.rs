//! A customer's whole journeys, from the overview to each outcome, in a real browser.
//!
//! Each has a sandbox, a server and a browser of its own, and asserts what the customer sees and what was recorded.

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

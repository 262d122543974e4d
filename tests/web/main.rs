//! The application, mounted in a browser against a server at the socket and a Stripe.js of the tests' own. Elements are
//! found by role and name, as a customer with a screen reader finds them.

#![cfg(target_arch = "wasm32")]
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod banner;
mod beginning;
mod changes;
mod choices;
mod explaining;
mod failures;
mod fixtures;
mod new_accounts;
mod outcomes;
mod page;
mod pending;
mod sharing;
mod text;
mod trouble;
mod updating;
mod which_account;

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

//! Tests of the bindings in a real browser, against scripts that imitate Stripe.js.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod load;
mod mount;
mod page;
mod tags;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

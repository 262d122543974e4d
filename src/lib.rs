//! Browser shell of Relink: draws the states of [`relink_flow`], performs its effects, and decides nothing.

#![expect(unreachable_pub, reason = "`#[component]` makes what it generates public")]

mod app;
mod clock;
mod conversation;
mod effects;
mod element;
mod lazy;
mod outcome;
mod screens;
mod text;
mod ui;

pub use element::{ElementHost, Mounted, mount};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

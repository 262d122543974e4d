//! Browser shell of Relink: draws the states of [`relink_flow`], performs its effects, and decides nothing.

mod answers;
mod api;
mod app;
mod bank;
mod clock;
mod embed;
mod event_stream;
mod later;
mod live;
mod requests;
mod runtime;
mod screens;
mod tell;
mod text;
mod ui;

pub use embed::{Host, Mounted, mount};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

//! Browser shell of Relink: draws the states of [`relink_flow`], performs its effects, and decides nothing.

mod answers;
mod api;
mod app;
mod bank_window;
mod clock;
mod effects;
mod element_events;
mod element_host;
mod event_stream;
mod lazy;
mod runtime;
mod screens;
mod text;
mod ui;
mod watch_changes;

pub use element_host::{ElementHost, Mounted, mount};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

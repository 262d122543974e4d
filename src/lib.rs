//! The browser shell of Relink: draws the states of [`relink_flow`], performs its effects, decides nothing.

mod api;
mod app;
mod bank;
mod runtime;
mod screens;
mod settings;
mod text;
mod ui;

pub use app::start;

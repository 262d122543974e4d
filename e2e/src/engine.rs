//! The engine that the journeys run in.
//!
//! A journey that only one engine can be driven through says so by the module it is in, and that module says why:
//! `in_chromium`, `not_in_webkit`. `cargo xtask test` leaves those out elsewhere, so that they are not counted there.

use std::env::var_os;

use anyhow::{Result, bail};

/// What lays out the page and runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Blink, as in Chrome and Edge.
    Chromium,
    /// Gecko.
    Firefox,
    /// As in Safari; here in GTK's dress.
    WebKit,
}

impl Engine {
    /// The one that `RELINK_E2E_ENGINE` names; without it, Chromium.
    pub fn of_this_run() -> Result<Self> {
        match var_os("RELINK_E2E_ENGINE").unwrap_or_else(|| "chromium".into()).to_str() {
            Some("chromium") => Ok(Self::Chromium),
            Some("firefox") => Ok(Self::Firefox),
            Some("webkit") => Ok(Self::WebKit),
            other => bail!("RELINK_E2E_ENGINE is {other:?}, not chromium, firefox or webkit"),
        }
    }
}

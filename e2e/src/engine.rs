//! Browser engine that the journeys run in.
//!
//! A journey that not every engine can be driven through is in a module that says so and why: `in_chromium` or
//! `not_in_webkit`. `cargo xtask test` leaves those out for the other engines, so that they are not counted.

use std::env::var_os;

use anyhow::{Result, bail};

/// Browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Blink, as in Chrome and Edge.
    Chromium,
    /// Gecko, as in Firefox.
    Firefox,
    /// WebKit, as in Safari; the tests use WebKitGTK.
    WebKit,
}

impl Engine {
    /// Returns the engine that `RELINK_E2E_ENGINE` names; Chromium if it is not set.
    pub fn of_this_run() -> Result<Self> {
        match var_os("RELINK_E2E_ENGINE").unwrap_or_else(|| "chromium".into()).to_str() {
            Some("chromium") => Ok(Self::Chromium),
            Some("firefox") => Ok(Self::Firefox),
            Some("webkit") => Ok(Self::WebKit),
            other => bail!("RELINK_E2E_ENGINE is {other:?}, not chromium, firefox or webkit"),
        }
    }
}

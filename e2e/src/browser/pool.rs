//! Pool of browsers between two browser sessions.
//!
//! A browser takes longer to start than many journeys take, and most journeys leave nothing behind that a new tab
//! would see: each has its own ports, so one journey does not see what a browser has stored for another.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::Browser;
use crate::engine::Engine;

/// Idle browsers. Their drivers end with the test process, and so do they.
static POOL: Mutex<Vec<Browser>> = Mutex::new(Vec::new());

/// Takes an idle browser, if there is one.
pub(super) fn take() -> Option<Browser> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

impl Browser {
    /// Returns the browser to the pool after a successful journey, with a new tab, or closes it if it was changed
    /// lastingly.
    pub(crate) async fn return_to_pool(mut self) -> Result<()> {
        // WebKit starts quickly, and its windows take the keyboard focus from each other.
        if self.engine == Engine::WebKit || self.is_altered.load(Ordering::SeqCst) {
            return self.quit().await;
        }
        let driver = self.driver()?;
        let old = driver.windows().await?;
        let new = driver.new_tab().await?;
        for window in old {
            driver.switch_to_window(window).await?;
            driver.close_window().await?;
        }
        driver.switch_to_window(new).await?;
        if self.engine == Engine::Chromium {
            // Discard the logs of this session.
            self.console().await?;
            self.network().await?;
        }
        if let Some(process) = self.process {
            self.companions.driver.kill_with(process)?;
        }
        POOL.lock().unwrap_or_else(PoisonError::into_inner).push(self);
        Ok(())
    }
}

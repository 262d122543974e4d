//! Browsers between two visits. To start one takes longer than many a journey, and most leave nothing behind but what a new
//! tab does not see: each visit has ports of its own, and so nothing that a browser keeps for the one is there for the next.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use super::Browser;
use crate::engine::Engine;

/// They end with the tests: their drivers are on a leash.
static KEPT: Mutex<Vec<Browser>> = Mutex::new(Vec::new());

/// One that waits for its next visit.
pub(super) fn take() -> Option<Browser> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

impl Browser {
    /// The visit went well: the next one may have it, with a tab of its own, unless something was done to it that stays.
    pub(crate) async fn leave(mut self) -> Result<()> {
        // WebKit starts quickly, and its windows take the keyboard from each other.
        if self.engine == Engine::WebKit || self.is_spent.load(Ordering::SeqCst) {
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
            // Whoever reads them next wants nothing of this visit.
            self.console().await?;
            self.network().await?;
        }
        if let Some(process) = self.process {
            self.beside.driver.takes_along(process)?;
        }
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(self);
        Ok(())
    }
}

//! Polling of the page and of the programs.

use std::time::Duration;

use anyhow::Result;
use relink_test_kit::Poll;

/// The timeout is longer than anything takes on a busy machine, so only a failing test waits for that long.
pub(crate) const POLL: Poll = Poll { interval: Duration::from_millis(40), timeout: Duration::from_secs(40) };

/// Polls `check` until it succeeds. An error means "not yet"; after the timeout, the last error is returned.
pub async fn until<T>(check: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    POLL.until(check).await
}

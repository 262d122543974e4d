//! Polling for a condition, with a timeout.

use std::time::Duration;

use anyhow::Result;
use relink_test_kit::Poll;

const INTERVAL: Duration = Duration::from_millis(20);

/// Polls `check` until it succeeds. An error means "not yet"; after the timeout, the last error is returned.
pub(crate) async fn until<T>(timeout: Duration, check: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    Poll { interval: INTERVAL, timeout }.until(check).await
}

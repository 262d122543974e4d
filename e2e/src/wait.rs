//! Polling for a condition, with a deadline.

use std::time::Duration;

use anyhow::{Result, anyhow};

/// Deadline. It is longer than anything takes on a busy machine, so only a failing test waits for that long.
const DEADLINE: Duration = Duration::from_secs(40);
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

/// Polls `look` until it succeeds. An error means "not yet"; after the deadline, the last error is returned.
pub async fn until<T>(mut look: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    let mut missing = anyhow!("there was no time to look");
    let looking = async {
        loop {
            match look().await {
                Ok(seen) => return seen,
                Err(error) => missing = error,
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    match tokio::time::timeout(DEADLINE, looking).await {
        Ok(seen) => Ok(seen),
        Err(_) => Err(missing.context(format!("still not so after {} s", DEADLINE.as_secs()))),
    }
}

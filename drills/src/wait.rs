//! Polling for a condition, with a deadline.

use std::time::Duration;

use anyhow::{Result, anyhow};

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Polls `look` until it succeeds. An error means "not yet"; after the deadline, the last error is returned.
pub(crate) async fn until<T>(deadline: Duration, mut look: impl AsyncFnMut() -> Result<T>) -> Result<T> {
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
    match tokio::time::timeout(deadline, looking).await {
        Ok(seen) => Ok(seen),
        Err(_) => Err(missing.context(format!("still not so after {} s", deadline.as_secs()))),
    }
}

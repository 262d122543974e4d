//! Waiting for what is going to be true, with a deadline.

use std::time::Duration;

use anyhow::{Result, anyhow};

/// Longer than anything takes on a busy machine; a failing test is the only one that waits for so long.
const DEADLINE: Duration = Duration::from_secs(40);
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

/// Looks until there is something to see. An error means "not yet"; the last one says what was missing.
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

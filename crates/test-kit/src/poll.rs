//! Polling for a condition, with a timeout.

use std::time::Duration;

use anyhow::{Result, anyhow};

/// Interval and timeout of polling.
#[derive(Clone, Copy, Debug)]
pub struct Poll {
    /// Pause after each failed check.
    pub interval: Duration,
    /// Time after which the last error is final.
    pub timeout: Duration,
}

impl Poll {
    /// Polls `check` until it succeeds. An error means "not yet"; after the timeout, the last error is returned.
    pub async fn until<T>(self, mut check: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        let mut last_error = anyhow!("the first check did not end");
        let polling = async {
            loop {
                match check().await {
                    Ok(value) => return value,
                    Err(error) => last_error = error,
                }
                tokio::time::sleep(self.interval).await;
            }
        };
        match tokio::time::timeout(self.timeout, polling).await {
            Ok(value) => Ok(value),
            Err(_) => Err(last_error.context(format!("timed out after {} s", self.timeout.as_secs()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::bail;

    use super::Poll;

    const POLL: Poll = Poll { interval: Duration::from_millis(1), timeout: Duration::from_secs(10) };

    #[tokio::test]
    async fn a_check_is_repeated_until_it_succeeds() {
        let mut checks = 0;
        let value = POLL.until(async || {
            checks += 1;
            if checks < 3 {
                bail!("not yet")
            }
            Ok(checks)
        });
        assert_eq!(value.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn after_the_timeout_the_last_error_is_returned_with_its_cause() {
        let poll = Poll { timeout: Duration::from_millis(20), ..POLL };
        let error = poll.until(async || -> anyhow::Result<()> { bail!("no answer") }).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "timed out after 0 s: no answer");
    }
}

//! The machine's clock, which nothing else reads.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the current time in Unix seconds.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or_default()
}

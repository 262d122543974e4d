//! Clocks of this machine. No other module reads them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Returns the monotonic time, for durations.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock that never jumps")]
pub(crate) fn tick() -> Instant {
    Instant::now()
}

/// Returns the time since 1970.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Returns the number of seconds since 1970.
pub(crate) fn seconds() -> u64 {
    since_1970().as_secs()
}

/// Returns the number of milliseconds since 1970.
pub(crate) fn millis() -> i64 {
    i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX)
}

//! The only module that reads the clock; clippy forbids it elsewhere.

use std::time::Instant;

/// Returns the current monotonic time, for measuring durations.
#[expect(clippy::disallowed_methods, reason = "the one place")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

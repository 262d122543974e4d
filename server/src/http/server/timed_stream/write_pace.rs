//! Timeout for clients that read nothing of the response, or next to nothing.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Timer;

/// Minimum rate in bytes a second. A slower client has a stalled connection or is malicious; a phone on 2G is several
/// times as fast.
const LEAST_BYTES_A_SECOND: u32 = 1024;

/// Time budget for one client. Waiting uses it up and bytes that the client reads restore it, so a client can't hold
/// its connection by reading a byte from time to time.
#[derive(Debug)]
pub(super) struct WriteBudget {
    full: Duration,
    left: Duration,
    blocked_since: Option<Instant>,
    alarm: Timer,
}

impl WriteBudget {
    pub(super) fn new(full: Duration) -> Self {
        Self { full, left: full, blocked_since: None, alarm: Timer::default() }
    }

    /// Records that the client has read `bytes` bytes.
    pub(super) fn taken(&mut self, bytes: usize) {
        if let Some(since) = self.blocked_since.take() {
            self.left = self.left.saturating_sub(since.elapsed());
            self.alarm.clear();
        }
        self.left = restored(self.left, bytes, self.full);
    }

    /// Records that the client is reading nothing. Ready when the budget is used up.
    pub(super) fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.blocked_since.is_none() {
            self.blocked_since = Some(Instant::now());
            self.alarm.set(self.left);
        }
        self.alarm.poll(cx)
    }
}

fn restored(left: Duration, bytes: usize, full: Duration) -> Duration {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    let earned = Duration::from_secs(1) * bytes / LEAST_BYTES_A_SECOND;
    full.min(left.saturating_add(earned))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_restore_patience_in_proportion_and_never_beyond_the_limit(
            left in 0_u64..30_000, kilobytes in 0_usize..60
        ) {
            let (left, full) = (Duration::from_millis(left), Duration::from_secs(30));
            let earned = Duration::from_secs(kilobytes.try_into().unwrap());
            prop_assert_eq!(restored(left, kilobytes * 1024, full), full.min(left + earned));
        }
    }
}

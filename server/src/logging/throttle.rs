//! Throttles log lines about events that can happen thousands of times a second.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Minimum time between two lines.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// Throttle of one kind of log line: counts the events since the last line.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle {
    /// Time of the next line, in milliseconds since 1970.
    again_at: AtomicI64,
    unsaid: AtomicU64,
}

impl LogThrottle {
    /// Counts an event. Returns the number of events since the last line if a line is due.
    pub(crate) fn happened(&self, now: Timestamp) -> Option<u64> {
        self.unsaid.fetch_add(1, Ordering::Relaxed);
        let again_at = self.again_at.load(Ordering::Relaxed);
        let now = now.as_millisecond();
        let next = now.saturating_add(PAUSE.as_millis().try_into().unwrap_or(i64::MAX));
        // A clock that was set back must not silence the log for long.
        let is_time = now >= again_at || again_at > next;
        // If several threads compete, one of them logs.
        let is_mine = is_time
            && self.again_at.compare_exchange(again_at, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        is_mine.then(|| self.unsaid.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_is_said_at_once_and_then_one_line_tells_of_many() {
        let seldom = LogThrottle::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(seldom.happened(at(1000)), Some(1));
        for second in [1000, 1001, 1029] {
            assert_eq!(seldom.happened(at(second)), None, "{second}");
        }
        assert_eq!(seldom.happened(at(1030)), Some(4));
        assert_eq!(seldom.happened(at(1031)), None);
        // The clock was set back.
        assert_eq!(seldom.happened(at(10)), Some(2));
    }
}

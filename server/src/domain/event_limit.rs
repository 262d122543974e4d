//! Rate limit that protects a table whose rows are never deleted.

use jiff::{SignedDuration, Timestamp};

/// Accepts a maximum number of events in each span of time and counts the others.
#[derive(Debug)]
pub(crate) struct EventLimit {
    most: u32,
    span: SignedDuration,
    begun_at: Timestamp,
    taken: u32,
    left_out: u64,
}

impl EventLimit {
    pub(crate) fn new(most: u32, span: SignedDuration) -> Self {
        Self { most, span, begun_at: Timestamp::MIN, taken: 0, left_out: 0 }
    }

    /// Takes an event. Returns the number of events dropped before it, or `None` if this one is dropped, too.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<u64> {
        let since = now.duration_since(self.begun_at);
        // A clock that was set back begins a new span.
        if since.is_negative() || since >= self.span {
            (self.begun_at, self.taken) = (now, 0);
        }
        if self.taken == self.most {
            self.left_out = self.left_out.saturating_add(1);
            return None;
        }
        self.taken += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_the_first_ones_are_taken_and_the_next_span_tells_of_the_others() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut thinning = EventLimit::new(2, SignedDuration::from_mins(1));
        assert_eq!([1000, 1001].map(|second| thinning.take(at(second))), [Some(0), Some(0)]);
        assert_eq!([1002, 1003, 1059].map(|second| thinning.take(at(second))), [None; 3]);
        assert_eq!(thinning.take(at(1060)), Some(3));
        assert_eq!(thinning.take(at(1061)), Some(0));
        assert_eq!(thinning.take(at(1062)), None);
        assert_eq!(thinning.take(at(10)), Some(1), "the clock was set back");
    }
}

//! Rate limit: a maximum number of tries per time, for each key.

use std::hash::{BuildHasher, RandomState};

use jiff::{SignedDuration, Timestamp};

/// Rate limit, counted in this process only: each of several servers allows the full limit.
///
/// Keys are hashed with a random seed into [`COUNTERS`] counters, so that made-up keys can't exhaust memory, and can't
/// lock out others without using up all counters. Keys with the same hash share a counter, which is rare.
#[derive(Debug)]
pub(crate) struct RateLimit {
    most: u32,
    within: SignedDuration,
    /// Random seed, so that clients can't find keys that share a counter.
    groups: RandomState,
    counters: Box<[Counter]>,
}

/// Number of tries, and the start of the window.
#[derive(Clone, Copy, Debug)]
struct Counter {
    tries: u32,
    since: Timestamp,
}

const COUNTERS: usize = 1 << 16;

impl RateLimit {
    pub(crate) fn new(most: u32, within: SignedDuration) -> Self {
        let none = Counter { tries: 0, since: Timestamp::MIN };
        Self { most, within, groups: RandomState::new(), counters: vec![none; COUNTERS].into_boxed_slice() }
    }

    /// Counts a try. Returns the seconds to wait if the limit is reached.
    #[expect(clippy::indexing_slicing, reason = "there are as many counters as numbers of 16 bits")]
    pub(crate) fn take(&mut self, who: &str, now: Timestamp) -> Result<(), u32> {
        let [one, two, ..] = self.groups.hash_one(who).to_ne_bytes();
        let counter = &mut self.counters[usize::from(u16::from_ne_bytes([one, two]))];
        if !is_running(counter.since, self.within, now) {
            *counter = Counter { tries: 0, since: now };
        }
        if counter.tries >= self.most {
            return Err(seconds(self.within - now.duration_since(counter.since)));
        }
        counter.tries += 1;
        Ok(())
    }
}

/// True if the window has not ended. A start in the future, after the clock was set back, counts as ended, so
/// that clients are not locked out.
fn is_running(since: Timestamp, within: SignedDuration, now: Timestamp) -> bool {
    now >= since && now.duration_since(since) < within
}

fn seconds(wait: SignedDuration) -> u32 {
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn after_so_many_tries_one_waits_and_others_do_not() {
        let mut limit = RateLimit::new(3, SignedDuration::from_mins(1));
        for _ in 0..3 {
            assert_eq!(limit.take("a", at(1000)), Ok(()));
        }
        assert_eq!(limit.take("a", at(1010)), Err(51));
        assert_eq!(limit.take("b", at(1010)), Ok(()));
        assert_eq!(limit.take("a", at(1060)), Ok(()));
        // The clock was set back.
        assert_eq!(limit.take("a", at(10)), Ok(()));
    }

    #[test]
    fn made_up_names_do_not_keep_others_out() {
        let mut limit = RateLimit::new(60, SignedDuration::from_mins(1));
        for name in 0..200_000 {
            limit.take(&name.to_string(), at(1000)).unwrap();
        }
        for name in 0..1000 {
            assert_eq!(limit.take(&format!("new {name}"), at(1001)), Ok(()));
        }
    }
}

//! How often something may be tried: so many times in so many seconds, for each one who tries.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// Tries that were counted, in this process only: several servers allow as many times as much.
#[derive(Debug)]
pub(crate) struct Limit {
    most: u32,
    within: SignedDuration,
    /// By who tries: how often, and since when.
    tries: HashMap<String, (u32, Timestamp)>,
}

/// Whoever makes up names can't fill the memory.
const MOST_KNOWN: usize = 20_000;

impl Limit {
    pub(crate) fn new(most: u32, within: SignedDuration) -> Self {
        Self { most, within, tries: HashMap::new() }
    }

    /// One more try, or how many seconds are still to wait for it.
    pub(crate) fn take(&mut self, who: &str, now: Timestamp) -> Result<(), u32> {
        if self.tries.len() >= MOST_KNOWN {
            let within = self.within;
            self.tries.retain(|_, (_, since)| is_running(*since, within, now));
        }
        if self.tries.len() >= MOST_KNOWN && !self.tries.contains_key(who) {
            return Err(seconds(self.within));
        }
        let (tries, since) = self.tries.entry(who.to_owned()).or_insert((0, now));
        if !is_running(*since, self.within, now) {
            (*tries, *since) = (0, now);
        }
        if *tries >= self.most {
            return Err(seconds(self.within - now.duration_since(*since)));
        }
        *tries += 1;
        Ok(())
    }
}

/// A clock that was set back must not lock anybody out for long.
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
        let mut limit = Limit::new(3, SignedDuration::from_mins(1));
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
    fn made_up_names_do_not_fill_the_memory() {
        let mut limit = Limit::new(1, SignedDuration::from_mins(1));
        for name in 0..MOST_KNOWN + 10 {
            let _ = limit.take(&name.to_string(), at(1000));
        }
        assert_eq!(limit.tries.len(), MOST_KNOWN);
        assert_eq!(limit.take("new", at(1001)), Err(61));
        assert_eq!(limit.take("new", at(1060)), Ok(()));
        assert_eq!(limit.tries.len(), 1);
    }
}

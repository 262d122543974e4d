//! Rate of calls to Stripe, as slots at a fixed interval. The owner of a pace may use a small burst of unused slots
//! later; a borrower may use only those that the owner has left unused beyond that burst.
//!
//! All values are relative to now, in milliseconds, so that it does not matter which clock tells the time.

/// Rate of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Time between two calls, in milliseconds.
    interval: i64,
}

/// Unused time that the owner keeps for later, in milliseconds: a click causes a handful of calls at once.
const BURST: i64 = 250;
/// Tolerance in milliseconds, because servers read the clock before they lock the row.
const RACE: i64 = 1000;

/// Caller that takes a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotTaker {
    /// Owner of the pace.
    Owner,
    /// Other caller, which takes only slots that the owner does not need.
    Borrower,
}

impl Pace {
    /// Returns a share, in percent, of a number of calls per second. Rounded so that the rate is never exceeded.
    pub(crate) fn new(rate: u32, percent: u32) -> Self {
        let calls = i64::from(rate.max(1)) * i64::from(percent.max(1));
        Self { interval: (100_000 + calls - 1) / calls }
    }

    /// Returns the time between two calls, in milliseconds.
    pub(crate) fn interval(self) -> i64 {
        self.interval
    }

    /// Returns the largest valid distance of the next slot. A larger stored one was written under
    /// another clock, and is ignored.
    pub(crate) fn farthest(self) -> i64 {
        self.interval + RACE
    }

    /// Returns the maximum unused time that this taker may use.
    pub(crate) fn slack(self, taker: SlotTaker) -> i64 {
        match taker {
            SlotTaker::Owner => BURST,
            SlotTaker::Borrower => BURST + self.interval,
        }
    }

    /// Returns the minimum unused time before this taker may take a slot.
    pub(crate) fn least(self, taker: SlotTaker) -> i64 {
        match taker {
            SlotTaker::Owner => 0,
            SlotTaker::Borrower => self.slack(SlotTaker::Borrower),
        }
    }

    /// Returns how long this taker has to wait if the next slot is `next_in` from now; zero or less if it need not.
    pub(crate) fn wait(self, next_in: i64, taker: SlotTaker) -> i64 {
        self.believed(next_in).saturating_add(self.least(taker))
    }

    /// Returns how far from now the following slot is after this taker has taken the next one.
    pub(crate) fn taken(self, next_in: i64, taker: SlotTaker) -> i64 {
        self.believed(next_in).max(-self.slack(taker)) + self.interval
    }

    fn believed(self, next_in: i64) -> i64 {
        if next_in > self.farthest() { 0 } else { next_in }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_oneof, proptest};

    use super::*;

    #[test]
    fn shares_of_a_rate_never_exceed_it() {
        for (rate, percent, interval) in [
            (20, 80, 63),
            (20, 20, 250),
            (25, 80, 50),
            (25, 20, 200),
            (100, 80, 13),
            (100, 20, 50),
            (1, 20, 5000),
        ] {
            assert_eq!(Pace::new(rate, percent).interval(), interval, "{rate} {percent}");
        }
    }

    #[test]
    fn a_borrower_leaves_the_owner_a_whole_burst() {
        let pace = Pace::new(20, 80);
        let mut next_in = -10_000;
        assert!(pace.wait(next_in, SlotTaker::Borrower) <= 0);
        next_in = pace.taken(next_in, SlotTaker::Borrower);
        assert_eq!(next_in, -BURST);
        assert_eq!(pace.wait(next_in, SlotTaker::Borrower), pace.interval());
        let mut calls = 0;
        while pace.wait(next_in, SlotTaker::Owner) <= 0 {
            next_in = pace.taken(next_in, SlotTaker::Owner);
            calls += 1;
        }
        assert_eq!(calls, BURST / pace.interval() + 1);
    }

    proptest! {
        #[test]
        fn whatever_is_stored_nobody_waits_longer_than_an_interval_and_a_second(
            next_in in any::<i64>(), rate in 1_u32..=100, percent in 1_u32..=99
        ) {
            let pace = Pace::new(rate, percent);
            prop_assert!(pace.wait(next_in, SlotTaker::Owner) <= pace.farthest());
            prop_assert!(pace.taken(next_in, SlotTaker::Owner) <= pace.farthest() + pace.interval());
        }

        #[test]
        fn over_time_owner_and_borrower_together_keep_the_pace(
            steps in proptest::collection::vec((0_i64..400, prop_oneof![proptest::strategy::Just(SlotTaker::Owner), proptest::strategy::Just(SlotTaker::Borrower)]), 1..200)
        ) {
            let pace = Pace::new(20, 80);
            let (mut next_in, mut elapsed, mut calls) = (0_i64, 0_i64, 0_i64);
            for (passes, taker) in steps {
                next_in -= passes;
                elapsed += passes;
                if pace.wait(next_in, taker) <= 0 {
                    next_in = pace.taken(next_in, taker);
                    calls += 1;
                }
                prop_assert!((calls - 1) * pace.interval() <= elapsed + BURST + pace.interval());
            }
        }
    }
}

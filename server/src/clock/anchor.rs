//! One reading of a clock, from which time advances by the monotonic clock.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Timestamp and the monotonic instant at which it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    at: Timestamp,
    read: Instant,
    /// Lead of the machine's clock over the database's; `None` if `at` is the machine's own time.
    machine_ahead: Option<SignedDuration>,
}

impl Anchor {
    pub(super) fn new(database: Option<Timestamp>, machine: Timestamp, read: Instant) -> Self {
        let machine_ahead = database.map(|database| machine.duration_since(database));
        Self { at: database.unwrap_or(machine), read, machine_ahead }
    }

    pub(super) fn now(self, instant: Instant) -> Timestamp {
        let passed = SignedDuration::try_from(instant.saturating_duration_since(self.read));
        passed.ok().and_then(|passed| self.at.checked_add(passed).ok()).unwrap_or(self.at)
    }

    pub(super) fn machine_ahead(self) -> Option<SignedDuration> {
        self.machine_ahead
    }

    /// Returns the difference between this reading and the time extrapolated from the previous one.
    pub(super) fn jump_since(self, before: Self) -> SignedDuration {
        self.at.duration_since(before.now(self.read))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

    #[expect(clippy::disallowed_methods, reason = "nothing waits for it")]
    fn instant() -> Instant {
        Instant::now()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn between_two_readings_time_passes_by_itself_whatever_the_machine_is_set_to() {
        let read = instant();
        let anchor = Anchor::new(None, at(1000), read);
        assert_eq!(
            anchor.now(read + Duration::from_millis(2500)),
            at(1002) + SignedDuration::from_millis(500)
        );
        assert_eq!(anchor.now(read.checked_sub(Duration::from_secs(1)).unwrap()), at(1000));
        let later = read + Duration::from_secs(10);
        for set in [-3600, -60, -3, 0, 3, 3600] {
            let jump = Anchor::new(None, at(1010 + set), later).jump_since(anchor);
            assert_eq!(jump, SignedDuration::from_secs(set));
        }
    }

    #[test]
    fn servers_whose_own_clocks_differ_agree_and_know_how_far_they_are_off() {
        let (read, database) = (instant(), at(1_790_000_000));
        for off in [SignedDuration::from_secs(10), SignedDuration::from_secs(-10), YEAR, -YEAR] {
            let anchor = Anchor::new(Some(database), database + off, read);
            assert_eq!(anchor.now(read + Duration::from_secs(1)), database + SignedDuration::from_secs(1));
            assert_eq!(anchor.machine_ahead(), Some(off));
            // Correcting the machine's clock does not change the server's time.
            let corrected = Anchor::new(
                Some(database + SignedDuration::from_secs(10)),
                at(0),
                read + Duration::from_secs(10),
            );
            assert_eq!(corrected.jump_since(anchor), SignedDuration::ZERO);
        }
    }
}

//! Setting of a sandbox's clock: ahead of the machine's by a number of seconds, or stopped.

/// Relation between the sandbox's time and the machine's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ClockSetting {
    /// Seconds by which the sandbox's clock is ahead while it runs.
    ahead: i64,
    /// Unix seconds at which the clock stands still; `None` while it runs.
    stopped_at: Option<i64>,
}

impl ClockSetting {
    /// A clock that stands still at this time, or runs with the machine's.
    pub(super) fn starting_at(time: Option<i64>) -> Self {
        Self { ahead: 0, stopped_at: time }
    }

    /// Returns the sandbox's time at this time of the machine, both in Unix seconds.
    pub(crate) fn now(self, real_time: i64) -> i64 {
        self.stopped_at.unwrap_or(real_time + self.ahead)
    }

    pub(crate) fn is_stopped(self) -> bool {
        self.stopped_at.is_some()
    }

    pub(crate) fn advance(&mut self, seconds: i64) {
        self.ahead += seconds;
        self.stopped_at = self.stopped_at.map(|at| at + seconds);
    }

    /// Sets the time; a stopped clock stays stopped.
    pub(super) fn set(&mut self, now: i64, real_time: i64) {
        self.ahead = now - real_time;
        self.stopped_at = self.stopped_at.map(|_| now);
    }

    /// Stops the clock, or lets it run on from the time at which it stands.
    pub(crate) fn set_stopped(&mut self, stopped: bool, real_time: i64) {
        let now = self.now(real_time);
        *self = Self { ahead: now - real_time, stopped_at: stopped.then_some(now) };
    }
}

#[cfg(test)]
mod tests {
    use super::ClockSetting;

    #[test]
    fn a_clock_stands_still_until_it_is_advanced_and_runs_on_from_there() {
        let mut clock = ClockSetting::starting_at(Some(1_000));
        assert_eq!((clock.now(5), clock.now(50)), (1_000, 1_000));
        clock.advance(10);
        assert_eq!(clock.now(60), 1_010);
        clock.set_stopped(false, 60);
        assert_eq!((clock.now(60), clock.now(65)), (1_010, 1_015));
        clock.set_stopped(true, 70);
        assert_eq!((clock.now(99), clock.is_stopped()), (1_020, true));
    }
}

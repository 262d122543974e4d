//! Timeouts for requests that have not arrived yet. A connection may be idle for long, but once a request has begun,
//! its headers have to follow soon.

use std::task::{Context, Poll};
use std::time::Duration;

use super::super::activity::Activity;
use super::alarm::Timer;

/// Timer of one connection. It is off while a request is in progress: the routes limit the time for bodies.
#[derive(Debug)]
pub(super) struct HeaderTimer {
    header: Duration,
    keep_alive: Duration,
    /// Number of answered requests when the alarm was last set.
    answered: u64,
    is_between_requests: bool,
    alarm: Timer,
}

impl HeaderTimer {
    /// Creates a timer for a new connection, whose first request has the header timeout, not the keep-alive timeout.
    pub(super) fn new(header: Duration, keep_alive: Duration) -> Self {
        let mut alarm = Timer::default();
        alarm.set(header);
        Self { header, keep_alive, answered: 0, is_between_requests: false, alarm }
    }

    /// Records that bytes have arrived.
    pub(super) fn received(&mut self, activity: &Activity) {
        if activity.is_answering() {
            return;
        }
        if self.is_new_round(activity) || self.is_between_requests {
            self.is_between_requests = false;
            self.alarm.set(self.header);
        }
    }

    /// Records that no bytes have arrived. Ready when the timeout is over.
    pub(super) fn poll_too_late(&mut self, activity: &Activity, cx: &mut Context<'_>) -> Poll<()> {
        if activity.is_answering() {
            self.alarm.clear();
            return Poll::Pending;
        }
        if self.is_new_round(activity) {
            self.is_between_requests = true;
            self.alarm.set(self.keep_alive);
        }
        self.alarm.poll(cx)
    }

    /// True if another request has been answered since the last call.
    fn is_new_round(&mut self, activity: &Activity) -> bool {
        let answered = activity.answered();
        std::mem::replace(&mut self.answered, answered) != answered
    }
}

//! Schedules of the periodic jobs, which are enqueued when a server starts and are due again after each run.

use jiff::{SignedDuration, Timestamp};

use super::worker::JobResult;
use super::{apply_retention, backfill, count_connections, fetch_missed_events, recheck_stale};
use crate::store::job_queue::{JobKind, NewJob, Urgency};

/// Intervals of a periodic job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// Usual time from one run to the next.
    pub(super) every: SignedDuration,
    /// Time to the next run if it should come early: because this one left something to do, or costs little.
    pub(super) early: SignedDuration,
    pub(super) urgency: Urgency,
}

impl Schedule {
    /// The next run comes at the usual time.
    pub(super) fn next(self, now: Timestamp) -> JobResult {
        JobResult::Again(now + self.every)
    }

    /// The next run comes early.
    pub(super) fn early(self, now: Timestamp) -> JobResult {
        JobResult::Again(now + self.early)
    }

    /// Returns the schedule of a kind of jobs; `None` if something else than time enqueues them.
    pub(super) const fn of(kind: JobKind) -> Option<Self> {
        match kind {
            JobKind::CatchUp => Some(fetch_missed_events::SCHEDULE),
            JobKind::Sweep => Some(recheck_stale::SCHEDULE),
            JobKind::Prune => Some(apply_retention::SCHEDULE),
            JobKind::Tally => Some(count_connections::SCHEDULE),
            JobKind::Backfill => Some(backfill::SCHEDULE),
            JobKind::Account
            | JobKind::Customer
            | JobKind::CustomerName
            | JobKind::Authorization
            | JobKind::PaymentMethod
            | JobKind::LastDigits
            | JobKind::Institution
            | JobKind::Session
            | JobKind::FollowUp
            | JobKind::DefaultPayment
            | JobKind::Mail
            | JobKind::Remind
            | JobKind::Batch => None,
        }
    }
}

/// Returns the periodic job of this kind, if there is one, due now.
pub(super) fn periodic(kind: JobKind, now: Timestamp) -> Option<NewJob> {
    let urgency = Schedule::of(kind)?.urgency;
    Some(NewJob { kind, subject: String::new(), urgency, created: None, due: now })
}

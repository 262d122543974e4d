//! Scheduled changes: connections that break, numbers that expire, announcements of both, and plans.

use std::collections::BTreeSet;

use super::{
    Account, World,
    account::{Action, Status},
    authorization::AuthorizationStatus,
    event::{Cause, Subject},
    number::{AccountNumber, DAY, NumberKind, NumberStatus},
    planned::PlannedChange,
};

/// Number of seconds by which an event announces a deactivation or an expiry.
pub(super) const NOTICE: i64 = 30 * DAY;

const UPCOMING_DEACTIVATION: &str = "financial_connections.account.upcoming_deactivation";
const UPCOMING_EXPIRY: &str = "financial_connections.account.upcoming_account_number_expiry";
const UPCOMING_END: &str = "financial_connections.authorization.upcoming_deactivation";

/// A change that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ScheduledChange {
    /// An event announces what happens on that date.
    Announce { kind: &'static str, subject: Subject, date: i64 },
    /// A connection ends as announced.
    Deactivate { account: String, action: Action, cause: String },
    /// A token expires as expected.
    Expire { account: String },
    /// A plan is carried out.
    CarryOut(PlannedChange),
}

impl ScheduledChange {
    fn name(&self) -> (&'static str, &str) {
        match self {
            Self::Announce { kind, subject, .. } => (kind, subject.id()),
            Self::Deactivate { account, .. } => ("deactivate", account),
            Self::Expire { account } => ("expire_numbers", account),
            Self::CarryOut(plan) => plan.name(),
        }
    }
}

impl World {
    /// Carries out everything that is due until `now`, in order, each at its own time.
    pub(crate) fn catch_up(&mut self, now: i64) {
        while let Some((at, due)) = self.next_due(now) {
            self.now = self.now.max(at);
            match due {
                ScheduledChange::Announce { kind, subject, date } => {
                    self.sent_announcements.insert((kind.to_owned(), subject.id().to_owned(), date));
                    self.record_event(kind, subject, None, &Cause::default());
                }
                ScheduledChange::Deactivate { account, action, cause } => {
                    self.deactivate_account(&account, action, &cause);
                }
                ScheduledChange::Expire { account } => self.expire_due_tokens(&account),
                ScheduledChange::CarryOut(plan) => self.carry_out(&plan),
            }
            self.detect_events(&Cause::default());
        }
        self.now = now;
    }

    /// Marks all due announcements as made, so that a fresh or loaded world sends no events for them.
    pub(super) fn mark_due_announcements_sent(&mut self) {
        for (at, due) in self.scheduled() {
            if let ScheduledChange::Announce { kind, subject, date } = due
                && at <= self.now
            {
                self.sent_announcements.insert((kind.to_owned(), subject.id().to_owned(), date));
            }
        }
    }

    /// Lists scheduled changes, soonest first, as (time, name, object id).
    pub(crate) fn upcoming(&self) -> Vec<(i64, &'static str, String)> {
        let mut all = self.scheduled();
        all.sort_by_key(|(at, _)| *at);
        let named = |(at, due): (i64, ScheduledChange)| {
            let (what, object) = due.name();
            (at, what, object.to_owned())
        };
        all.into_iter().map(named).collect()
    }

    fn next_due(&self, now: i64) -> Option<(i64, ScheduledChange)> {
        self.scheduled().into_iter().filter(|(at, _)| *at <= now).min_by_key(|(at, _)| *at)
    }

    fn scheduled(&self) -> Vec<(i64, ScheduledChange)> {
        let mut due: Vec<(i64, ScheduledChange)> =
            self.plans.iter().map(|plan| (plan.at, ScheduledChange::CarryOut(plan.clone()))).collect();
        due.extend(self.accounts.iter().flat_map(status_schedule));
        due.extend(self.accounts.iter().flat_map(number_schedule));
        due.extend(self.authorization_announcements());
        due.retain(|(_, due)| match due {
            ScheduledChange::Announce { kind, subject, date } => {
                !self.sent_announcements.contains(&((*kind).to_owned(), subject.id().to_owned(), *date))
            }
            ScheduledChange::Deactivate { .. }
            | ScheduledChange::Expire { .. }
            | ScheduledChange::CarryOut(_) => true,
        });
        due
    }

    fn authorization_announcements(&self) -> Vec<(i64, ScheduledChange)> {
        let with_notice = self.accounts.iter().filter(|one| matches!(one.status, Status::Active(Some(_))));
        let ids: BTreeSet<&str> = with_notice.map(|account| account.authorization.as_str()).collect();
        let end = |id: &str| match self.authorization_status(self.authorization(id)?) {
            AuthorizationStatus::Active { notice: Some((_, date)) } => {
                Some(announcement(UPCOMING_END, Subject::Authorization(id.to_owned()), date))
            }
            AuthorizationStatus::Active { notice: None }
            | AuthorizationStatus::Inactive(_)
            | AuthorizationStatus::Disconnected => None,
        };
        ids.into_iter().filter_map(end).collect()
    }

    fn expire_due_tokens(&mut self, id: &str) {
        let now = self.now;
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            for number in
                account.numbers.iter_mut().filter(|number| expiry(number).is_some_and(|at| at <= now))
            {
                number.status = NumberStatus::Expired;
            }
        }
    }
}

fn status_schedule(account: &Account) -> Vec<(i64, ScheduledChange)> {
    let Status::Active(Some(notice)) = &account.status else { return Vec::new() };
    let date = notice.expected_deactivation_date;
    let end = ScheduledChange::Deactivate {
        account: account.id.clone(),
        action: notice.action,
        cause: notice.cause.clone(),
    };
    vec![announcement(UPCOMING_DEACTIVATION, Subject::Account(account.id.clone()), date), (date, end)]
}

fn number_schedule(account: &Account) -> Vec<(i64, ScheduledChange)> {
    if account.status == Status::Disconnected {
        return Vec::new();
    }
    let dates = account.numbers.iter().filter_map(expiry);
    let due = |date: i64| {
        let end = ScheduledChange::Expire { account: account.id.clone() };
        [announcement(UPCOMING_EXPIRY, Subject::Account(account.id.clone()), date), (date, end)]
    };
    dates.flat_map(due).collect()
}

/// Returns the expiry date of a token that still works.
fn expiry(number: &AccountNumber) -> Option<i64> {
    match (number.kind, number.status) {
        (NumberKind::Tokenized { expires }, NumberStatus::Transactable) => expires,
        _ => None,
    }
}

fn announcement(kind: &'static str, subject: Subject, date: i64) -> (i64, ScheduledChange) {
    (date - NOTICE, ScheduledChange::Announce { kind, subject, date })
}

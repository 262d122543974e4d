//! Position of the server in Stripe's list of all accounts (backfill).
//!
//! A new server knows no account. If Stripe lists accounts without an account holder, one pass reads all of them in
//! pages of 100, and further passes follow for as long as the server runs. If Stripe requires a holder, the accounts of
//! every customer and then of every connected account are listed, once. The position is saved after each page.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Progress of a pass. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backfill {
    pub(crate) phase: Phase,
    /// The last account or holder that was read; `None` at the beginning of a phase.
    pub(crate) after: Option<String>,
    pub(crate) accounts: u64,
    pub(crate) holders: u64,
    pub(crate) started_at: i64,
    pub(crate) finished_at: Option<i64>,
    /// Duration of the last complete pass, in seconds.
    pub(crate) last_took: Option<i64>,
}

/// Objects that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BackfillPhase)]
pub(crate) enum Phase {
    /// All accounts, regardless of their holder.
    AllAccounts,
    /// Customers, and the accounts of each.
    Customers,
    /// Accounts of other merchants connected to this one (Connect), and the bank accounts of each.
    ConnectedAccounts,
}

/// Facts about a page that the position depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BackfillPage {
    pub(crate) last: Option<String>,
    pub(crate) has_more: bool,
    pub(crate) accounts: u64,
    pub(crate) holders: u64,
}

impl Backfill {
    /// Returns the beginning of a pass.
    pub(crate) fn begin(now: Timestamp) -> Self {
        Self {
            phase: Phase::AllAccounts,
            after: None,
            accounts: 0,
            holders: 0,
            started_at: now.as_second(),
            finished_at: None,
            last_took: None,
        }
    }

    /// Returns the pass that follows this one.
    pub(crate) fn next(&self, now: Timestamp) -> Self {
        Self { last_took: self.took().or(self.last_took), ..Self::begin(now) }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.finished_at.is_some()
    }

    /// Moves the position past a page whose accounts have been stored.
    pub(crate) fn advance(&mut self, page: BackfillPage, now: Timestamp) {
        self.accounts += page.accounts;
        self.holders += page.holders;
        match page.last.filter(|_| page.has_more) {
            Some(last) => self.after = Some(last),
            None => self.end_phase(now),
        }
    }

    /// Continues with the next phase, or ends the pass.
    pub(crate) fn end_phase(&mut self, now: Timestamp) {
        self.after = None;
        match self.phase {
            Phase::Customers => self.phase = Phase::ConnectedAccounts,
            Phase::AllAccounts | Phase::ConnectedAccounts => self.finished_at = Some(now.as_second()),
        }
    }

    /// Switches to listing by customer, because Stripe requires an account holder.
    pub(crate) fn switch_to_holders(&mut self) {
        (self.phase, self.after) = (Phase::Customers, None);
    }

    /// Restarts the phase because Stripe no longer has the object that the next page was to start
    /// after. Reads some pages twice.
    pub(crate) fn restart_phase(&mut self) {
        self.after = None;
    }

    /// Returns when the next pass begins, if there is one: early enough that it ends within `every`, the interval at
    /// which accounts are read again, because a pass costs a hundredth of reading them one by one. Events may have
    /// been missed before `without_gap_since`: if the pass began before it, or in the future because of a wrong
    /// clock, the next one begins `now`.
    pub(crate) fn next_pass(
        &self,
        every: SignedDuration,
        without_gap_since: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let is_followed = self.is_over() && self.is_in_pages();
        let started = Timestamp::from_second(self.started_at).ok().filter(|_| is_followed)?;
        let is_believed = started.as_second() >= without_gap_since.as_second() && started <= now;
        Some(if is_believed { started + every * 3 / 4 } else { now })
    }

    /// True if Stripe lists all accounts in pages, as far as is known.
    pub(crate) fn is_in_pages(&self) -> bool {
        self.phase == Phase::AllAccounts
    }

    /// Returns the duration of the pass in seconds, if it is over.
    fn took(&self) -> Option<i64> {
        Some(self.finished_at? - self.started_at)
    }

    /// Returns the duration of the newest complete pass in pages, if there was one.
    pub(crate) fn last_full_pass(&self) -> Option<SignedDuration> {
        let took = self.took().or(self.last_took).filter(|_| self.is_in_pages())?;
        Some(SignedDuration::from_secs(took))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn page(last: &str, has_more: bool) -> BackfillPage {
        BackfillPage { last: Some(last.to_owned()), has_more, accounts: 100, holders: 0 }
    }

    #[test]
    fn where_accounts_are_listed_without_a_holder_passes_follow_each_other() {
        let mut backfill = Backfill::begin(at(1_000_000));
        backfill.advance(page("fca_1", true), at(1_000_001));
        assert_eq!((backfill.after.as_deref(), backfill.is_over()), (Some("fca_1"), false));
        let every = SignedDuration::from_hours(24);
        let next_pass = |backfill: &Backfill, gap, now| backfill.next_pass(every, at(gap), at(now));
        assert_eq!(next_pass(&backfill, 0, 1_000_001), None);
        backfill.advance(page("fca_2", false), at(1_000_010));
        assert_eq!((backfill.accounts, backfill.finished_at), (200, Some(1_000_010)));
        assert_eq!(backfill.last_full_pass(), Some(SignedDuration::from_secs(10)));
        let in_18_hours = at(1_000_000) + SignedDuration::from_hours(18);
        assert_eq!(next_pass(&backfill, 1_000_000, 1_000_010), Some(in_18_hours));
        assert_eq!(
            next_pass(&backfill, 1_000_005, 1_000_010),
            Some(at(1_000_010)),
            "nobody was there for a while"
        );
        assert_eq!(next_pass(&backfill, 0, 900_000), Some(at(900_000)), "the clock was wrong then");
        let next = backfill.next(at(1_064_800));
        assert_eq!(
            (next.last_full_pass(), next.accounts, next.is_over()),
            (backfill.last_full_pass(), 0, false)
        );
    }

    #[test]
    fn where_stripe_wants_a_holder_customers_are_listed_and_then_connected_accounts_once() {
        let mut backfill = Backfill::begin(at(0));
        backfill.switch_to_holders();
        backfill.advance(page("cus_1", true), at(1));
        assert_eq!((backfill.phase, backfill.after.as_deref()), (Phase::Customers, Some("cus_1")));
        backfill.restart_phase();
        assert_eq!((backfill.phase, backfill.after.as_deref()), (Phase::Customers, None));
        backfill.advance(page("cus_2", false), at(2));
        assert_eq!((backfill.phase, backfill.after.as_deref()), (Phase::ConnectedAccounts, None));
        backfill.advance(BackfillPage::default(), at(3));
        assert!(backfill.is_over());
        assert_eq!(backfill.next_pass(SignedDuration::from_hours(24), at(0), at(4)), None);
        assert_eq!(backfill.last_full_pass(), None);
    }
}

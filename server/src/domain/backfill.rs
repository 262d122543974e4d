//! Position of the server in Stripe's list of all accounts (backfill).
//!
//! A new server knows no account. If Stripe lists accounts without an account holder, one pass reads all of them in
//! pages of 100, and further passes follow for as long as the server runs. If Stripe requires a holder, the accounts of
//! every customer and then of every connected account are listed, once. A platform's server then does the same at each
//! connected account that it works for. The position is saved after each page.

use jiff::{SignedDuration, Timestamp};
use relink_protocol::StripeAccountId;
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
    /// Connected account that is being read; `None` for the account that the server works for itself.
    #[serde(default)]
    pub(crate) stripe_account: Option<StripeAccountId>,
    /// Connected accounts that were listed and come next.
    #[serde(default)]
    waiting: Vec<StripeAccountId>,
    /// True if connected accounts are still to be listed.
    #[serde(default)]
    has_more: bool,
    /// True if Stripe requires a holder in this pass.
    #[serde(default)]
    needs_holder: bool,
    /// True if accounts were left out of this pass, because Stripe refused to list them.
    #[serde(default)]
    skipped: bool,
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
    /// Connected accounts that the server works for, whose own lists of accounts come next.
    StripeAccounts,
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
    /// Returns the beginning of a pass; that of a platform ends with the connected accounts.
    pub(crate) fn begin(now: Timestamp, is_platform: bool) -> Self {
        Self {
            phase: Phase::AllAccounts,
            after: None,
            accounts: 0,
            holders: 0,
            started_at: now.as_second(),
            finished_at: None,
            last_took: None,
            stripe_account: None,
            waiting: Vec::new(),
            has_more: is_platform,
            needs_holder: false,
            skipped: false,
        }
    }

    /// Returns the pass that follows this one.
    pub(crate) fn next(&self, now: Timestamp, is_platform: bool) -> Self {
        Self { last_took: self.took().or(self.last_took), ..Self::begin(now, is_platform) }
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

    /// Continues with the next phase or connected account, or ends the pass.
    pub(crate) fn end_phase(&mut self, now: Timestamp) {
        self.after = None;
        match self.phase {
            // Connected accounts are no platforms.
            Phase::Customers if self.stripe_account.is_none() => self.phase = Phase::ConnectedAccounts,
            Phase::StripeAccounts => {
                self.has_more = false;
                self.next_stripe_account(now);
            }
            Phase::AllAccounts | Phase::Customers | Phase::ConnectedAccounts => self.next_stripe_account(now),
        }
    }

    /// Continues with these connected accounts, a page of the list.
    pub(crate) fn enter(&mut self, accounts: Vec<StripeAccountId>, has_more: bool, now: Timestamp) {
        self.has_more = has_more && !accounts.is_empty();
        self.waiting = accounts;
        self.next_stripe_account(now);
    }

    fn next_stripe_account(&mut self, now: Timestamp) {
        let first = if self.needs_holder { Phase::Customers } else { Phase::AllAccounts };
        if !self.waiting.is_empty() {
            (self.stripe_account, self.after) = (Some(self.waiting.remove(0)), None);
            self.phase = first;
        } else if self.has_more {
            // The account that was read last is the last one of the page before.
            self.after = self.stripe_account.as_ref().map(ToString::to_string);
            self.phase = Phase::StripeAccounts;
        } else {
            if self.phase == Phase::StripeAccounts {
                self.phase = first;
            }
            self.finished_at = Some(now.as_second());
        }
    }

    /// Switches to listing by customer, because Stripe requires an account holder.
    pub(crate) fn switch_to_holders(&mut self) {
        (self.phase, self.after, self.needs_holder) = (Phase::Customers, None, true);
    }

    /// Continues behind accounts that Stripe refuses to list.
    pub(crate) fn skip(&mut self, now: Timestamp) {
        self.skipped = true;
        self.end_phase(now);
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
        !self.needs_holder && matches!(self.phase, Phase::AllAccounts | Phase::StripeAccounts)
    }

    /// True if passes renew the readings of all accounts, as far as is known.
    pub(crate) fn renews_all(&self) -> bool {
        self.is_in_pages() && !self.skipped
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
        BackfillPage { last: Some(last.to_owned()), has_more, accounts: 100, holders: 20 }
    }

    #[test]
    fn where_accounts_are_listed_without_a_holder_passes_follow_each_other() {
        let mut backfill = Backfill::begin(at(1_000_000), false);
        backfill.advance(page("fca_1", true), at(1_000_001));
        assert_eq!((backfill.after.as_deref(), backfill.is_over()), (Some("fca_1"), false));
        let every = SignedDuration::from_hours(24);
        let next_pass = |backfill: &Backfill, gap, now| backfill.next_pass(every, at(gap), at(now));
        assert_eq!(next_pass(&backfill, 0, 1_000_001), None);
        backfill.advance(page("fca_2", false), at(1_000_010));
        assert_eq!((backfill.accounts, backfill.holders, backfill.finished_at), (200, 40, Some(1_000_010)));
        assert_eq!(backfill.last_full_pass(), Some(SignedDuration::from_secs(10)));
        let in_18_hours = at(1_000_000) + SignedDuration::from_hours(18);
        assert_eq!(next_pass(&backfill, 1_000_000, 1_000_010), Some(in_18_hours));
        assert_eq!(
            next_pass(&backfill, 1_000_005, 1_000_010),
            Some(at(1_000_010)),
            "nobody was there for a while"
        );
        assert_eq!(next_pass(&backfill, 0, 900_000), Some(at(900_000)), "the clock was wrong then");
        let next = backfill.next(at(1_064_800), false);
        assert_eq!(
            (next.last_full_pass(), next.accounts, next.is_over()),
            (backfill.last_full_pass(), 0, false)
        );
    }

    #[test]
    fn where_stripe_wants_a_holder_customers_are_listed_and_then_connected_accounts_once() {
        let mut backfill = Backfill::begin(at(0), false);
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

    #[test]
    fn a_platforms_pass_goes_on_at_each_connected_account_from_where_it_was_saved() {
        let ids = |ids: &[&str]| ids.iter().map(|id| id.parse().unwrap()).collect::<Vec<StripeAccountId>>();
        let mut backfill = Backfill::begin(at(0), true);
        backfill.advance(page("fca_1", false), at(1));
        assert_eq!((backfill.phase, backfill.after.as_deref()), (Phase::StripeAccounts, None));
        backfill.enter(ids(&["acct_1", "acct_2"]), true, at(2));
        for account in ["acct_1", "acct_2"] {
            assert_eq!(backfill.stripe_account, Some(account.parse().unwrap()));
            backfill.advance(page("fca_1", true), at(3));
            let saved = serde_json::to_string(&backfill).unwrap();
            backfill = serde_json::from_str(&saved).unwrap();
            assert_eq!((backfill.phase, backfill.after.as_deref()), (Phase::AllAccounts, Some("fca_1")));
            backfill.advance(page("fca_2", false), at(4));
        }
        assert_eq!((backfill.phase, backfill.after.as_deref()), (Phase::StripeAccounts, Some("acct_2")));
        backfill.enter(Vec::new(), false, at(5));
        assert!(backfill.is_over() && backfill.is_in_pages(), "{backfill:?}");
        assert_eq!(backfill.phase, Phase::AllAccounts, "as after a pass without connected accounts");
        assert_eq!(backfill.accounts, 500);
    }

    #[test]
    fn a_pass_goes_on_behind_accounts_that_stripe_refuses_to_list_and_does_not_renew_all() {
        let mut backfill = Backfill::begin(at(0), true);
        assert!(backfill.renews_all());
        backfill.advance(page("fca_1", false), at(1));
        backfill.enter(vec!["acct_1".parse().unwrap(), "acct_2".parse().unwrap()], false, at(2));
        backfill.skip(at(3));
        assert_eq!(backfill.stripe_account, Some("acct_2".parse().unwrap()));
        backfill.advance(page("fca_2", false), at(4));
        assert!(backfill.is_over() && backfill.is_in_pages() && !backfill.renews_all());
        backfill.switch_to_holders();
        assert!(!backfill.renews_all() && !Backfill::begin(at(5), true).skipped);
    }

    #[test]
    fn where_stripe_requires_a_holder_it_does_so_at_connected_accounts_too_and_they_hold_no_others() {
        let mut backfill = Backfill::begin(at(0), true);
        backfill.switch_to_holders();
        let mut phases = Vec::new();
        while !backfill.is_over() {
            phases.push(backfill.phase);
            if backfill.phase == Phase::StripeAccounts {
                backfill.enter(vec!["acct_1".parse().unwrap()], false, at(1));
            } else {
                backfill.advance(page("cus_1", false), at(1));
            }
        }
        let of_platform = [Phase::Customers, Phase::ConnectedAccounts, Phase::StripeAccounts];
        assert_eq!(phases, [of_platform.as_slice(), &[Phase::Customers]].concat());
        assert!(!backfill.is_in_pages());
    }

    #[test]
    fn a_position_of_the_first_release_is_read() {
        let position = r#"{"phase":"customers","after":"cus_1","accounts":1,"holders":1,"started_at":5,
                           "finished_at":null,"last_took":null}"#;
        let backfill: Backfill = serde_json::from_str(position).unwrap();
        assert!(!backfill.is_in_pages() && !backfill.is_over());
        let position = position.replace("customers", "all_accounts");
        let backfill: Backfill = serde_json::from_str(&position).unwrap();
        assert!(backfill.renews_all());
    }
}

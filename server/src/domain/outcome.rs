//! Outcome of an attempt for the customer, from Stripe's accounts after the session.

use relink_protocol::stripe::Account;
use relink_protocol::{
    AccountId, AccountName, AccountNow, AccountPair, ConditionRules, Connected, OutcomeInput, RelinkOutcome,
    Replacement, SessionResult, condition, outcome, replacements,
};
use serde::{Deserialize, Serialize};

use super::access::may_name;
use super::customer_claims::Caller;
use super::language::Language;
use super::mandate::{self, Creditor, Mandate};

/// The customer's accounts after a session.
#[derive(Debug, Default)]
pub(crate) struct AccountsAfter {
    /// Accounts that the session linked, from all pages.
    pub(crate) linked: Vec<Account>,
    /// All current accounts of the customer; `None` if Stripe did not list them.
    pub(crate) now: Option<Vec<Account>>,
}

/// Final outcome as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) outcome: RelinkOutcome,
    /// The accounts that the customer chose in the bank's window.
    pub(crate) linked: Vec<AccountId>,
    /// True if Stripe decided; otherwise the browser's report did, which Stripe may still correct.
    pub(crate) by_stripe: bool,
    /// The customer's answer to which accounts are the same; `None` until they have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pairs: Option<Vec<AccountPair>>,
}

/// Effect of the customer's answer to which accounts are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It counts, and the outcome becomes this one.
    First(Box<Settled>),
    /// The customer has given it before.
    Repeated,
    /// The customer has given another one before.
    Different,
    /// This caller was not asked about these accounts.
    OutOfQuestion,
}

/// Use of an account that was added, which the customer has to agree to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Offer<'a> {
    /// To pay from it.
    Pay(&'a Mandate),
    /// To be paid out to it. Stripe makes one token in a session, so this is for the only account that was linked.
    GetPaid,
}

/// Texts that go with an outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    /// Offer to use an account that was added; `None` if it is not offered.
    pub(crate) offer: Option<Offer<'a>>,
    pub(crate) language: Language,
    pub(crate) creditor: Creditor<'a>,
}

impl AccountsAfter {
    /// Returns the customer's accounts with their conditions at `now`, in seconds since 1970.
    pub(crate) fn conditions(&self, rules: ConditionRules, now: i64) -> Vec<AccountNow> {
        let judged = self.now.iter().flatten().filter_map(|account| {
            Some(AccountNow { id: account.id.clone(), condition: condition(account, rules, now).ok()? })
        });
        judged.collect()
    }
}

/// Returns the accounts that a successful session has replaced. Without the customer's current accounts none, because an
/// old one may have come back beside the new one.
pub(crate) fn replaced(
    achieved: SessionResult,
    input: OutcomeInput<'_>,
    is_now_known: bool,
) -> Vec<Replacement> {
    match achieved {
        SessionResult::Linked | SessionResult::NewAuthorization => {
            if is_now_known {
                replacements(input)
            } else {
                Vec::new()
            }
        }
        SessionResult::Pending
        | SessionResult::NoAccount
        | SessionResult::NoAuthorization
        | SessionResult::Failed
        | SessionResult::Cancelled => Vec::new(),
    }
}

/// Returns the outcome of an attempt, with the mandate if payments could move to another account.
pub(crate) fn settled(
    achieved: SessionResult,
    input: OutcomeInput<'_>,
    after: &AccountsAfter,
    words: Words<'_>,
) -> RelinkOutcome {
    change(outcome(achieved, input), |connected| {
        if after.now.is_none() {
            // Not known to be repaired, but not known to be broken either.
            connected.still_broken.clear();
            connected.look_alikes.clear();
        }
        let Words { offer, language, creditor } = words;
        let is_only_one_linked = |added: &[AccountName]| match (added, after.linked.as_slice()) {
            ([added], [linked]) => added.id == linked.id,
            _ => false,
        };
        connected.mandate = match offer {
            Some(Offer::Pay(mandate)) if !connected.added.is_empty() => {
                Some(mandate.of(language, creditor, &connected.added))
            }
            Some(Offer::GetPaid) if is_only_one_linked(&connected.added) => {
                connected.added.first().map(|added| mandate::for_payouts(language, creditor, added))
            }
            Some(_) | None => None,
        };
        if input.purpose.moves_money() && connected.mandate.is_none() {
            // Nothing would follow from an answer.
            connected.look_alikes.clear();
        }
    })
}

impl Settled {
    /// True if this outcome replaces the one stored before: Stripe's replaces the browser's, and of two from the
    /// same source the first one stays.
    pub(crate) fn corrects(&self, before: &Self) -> bool {
        self.by_stripe && !before.by_stripe
    }

    /// Returns why the attempt failed, if it did. A customer who closed the window has not failed.
    pub(crate) fn failure(&self) -> Option<&'static str> {
        match self.outcome {
            RelinkOutcome::NoAccount | RelinkOutcome::NoAuthorization | RelinkOutcome::Failed => {
                Some(self.outcome.name())
            }
            RelinkOutcome::Pending
            | RelinkOutcome::Relinked(_)
            | RelinkOutcome::NewAccount(_)
            | RelinkOutcome::NewAuthorization(_)
            | RelinkOutcome::Cancelled => None,
        }
    }

    /// Returns the outcome that this caller may see: accounts that their token does not name only if they linked them
    /// themselves, and no mandate if they may not replace the old account by another one.
    pub(crate) fn visible_to(&self, caller: &Caller) -> RelinkOutcome {
        let is_visible = |name: &AccountName| may_name(caller, &name.id) || self.linked.contains(&name.id);
        change(self.outcome.clone(), |connected| {
            connected.restored.retain(is_visible);
            connected.still_broken.retain(is_visible);
            connected.still_ending.retain(|ending| is_visible(&ending.name));
            // Only a caller who sees all of them can tell which one it is.
            connected.look_alikes.retain(|group| group.old.iter().all(|old| is_visible(&old.name)));
            // A caller with only a link sees the bank and the last digits.
            if caller.link.is_some() {
                let Connected { restored, added, still_broken, still_ending, look_alikes, .. } = connected;
                let old = look_alikes.iter_mut().flat_map(|group| &mut group.old);
                let dated = still_ending.iter_mut().chain(old).map(|dated| &mut dated.name);
                for name in restored.iter_mut().chain(added).chain(still_broken).chain(dated) {
                    name.display_name = None;
                }
                for name in look_alikes.iter_mut().flat_map(|group| &mut group.new) {
                    name.display_name = None;
                }
            }
            if !caller.terms.may_replace && connected.mandate.take().is_some() {
                connected.look_alikes.clear();
            }
        })
    }

    /// Decides what this caller's answer does. Only accounts that the caller was asked about can become a pair.
    pub(crate) fn answer(&self, caller: &Caller, pairs: &[AccountPair]) -> Answer {
        if let Some(given) = &self.pairs {
            return if given == pairs { Answer::Repeated } else { Answer::Different };
        }
        let asked = self.visible_to(caller);
        if !asked.connected().is_some_and(|connected| connected.may_pair(pairs)) {
            return Answer::OutOfQuestion;
        }
        let outcome = change(self.outcome.clone(), |connected| {
            if connected.mandate.is_some() {
                // The account stays one that the customer may pay from.
                connected.look_alikes.clear();
            } else {
                connected.pair(pairs);
            }
        });
        Answer::First(Box::new(Self { outcome, pairs: Some(pairs.to_vec()), ..self.clone() }))
    }

    /// Returns this outcome with the question closed, and without any pair.
    pub(crate) fn closed(&self) -> Self {
        let outcome = change(self.outcome.clone(), |connected| connected.look_alikes.clear());
        Self { outcome, pairs: Some(Vec::new()), ..self.clone() }
    }

    /// True if the customer is offered to pay from an account that was added.
    pub(crate) fn offers_payment(&self) -> bool {
        self.outcome.connected().is_some_and(|connected| connected.mandate.is_some())
    }

    /// Returns the account's name and the mandate, if the attempt added the account and payments could move to it.
    pub(crate) fn payable(&self, account: &AccountId) -> Option<(&AccountName, &str)> {
        let Connected { added, mandate, .. } = self.outcome.connected()?;
        let place = added.iter().position(|name| name.id == *account)?;
        Some((added.get(place)?, mandate::of_account(mandate.as_deref()?, place, added.len())))
    }

    /// Returns every account that works now because of the attempt.
    pub(crate) fn works(&self) -> impl Iterator<Item = &AccountId> {
        let connected = self.outcome.connected().into_iter();
        connected.flat_map(|connected| connected.restored.iter().chain(&connected.added)).map(|name| &name.id)
    }
}

fn change(outcome: RelinkOutcome, change: impl FnOnce(&mut Connected)) -> RelinkOutcome {
    let with = |mut connected: Connected| {
        change(&mut connected);
        connected
    };
    match outcome {
        RelinkOutcome::Relinked(connected) => RelinkOutcome::Relinked(with(connected)),
        RelinkOutcome::NewAccount(connected) => RelinkOutcome::NewAccount(with(connected)),
        RelinkOutcome::NewAuthorization(connected) => RelinkOutcome::NewAuthorization(with(connected)),
        RelinkOutcome::Pending
        | RelinkOutcome::NoAccount
        | RelinkOutcome::NoAuthorization
        | RelinkOutcome::Failed
        | RelinkOutcome::Cancelled => outcome,
    }
}

/// Returns the number of restored, added and still broken accounts, for the log.
pub(crate) fn counts(outcome: &RelinkOutcome) -> [usize; 3] {
    outcome.connected().map_or([0; 3], |connected| {
        [connected.restored.len(), connected.added.len(), connected.still_broken.len()]
    })
}

#[cfg(test)]
mod tests {
    use relink_protocol::{Purpose, Requested};
    use serde_json::json;

    use super::*;
    use crate::domain::account_snapshot::known;
    use crate::domain::customer_claims::tests::caller;

    fn account(id: &str, status: &str) -> Account {
        serde_json::from_value(json!({
            "id": format!("fca_{id}"), "authorization": "fcauth_1", "institution_name": "Alder Bank", "last4": "1",
            "livemode": false, "status": status, "subcategory": "checking",
            "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}
        }))
        .unwrap()
    }

    /// Three broken accounts of one bank login, of which the session links the first and perhaps another one.
    fn after(purpose: Purpose, linked: &[&str], now: Option<&[&str]>) -> Settled {
        let before = ["a", "b", "c"].map(|id| account(id, "inactive"));
        let before = known(before.to_vec(), &before[0], &[], ConditionRules::default(), 0);
        let linked: Vec<_> = linked.iter().map(|id| account(id, "active")).collect();
        let ids = linked.iter().map(|account| account.id.clone()).collect();
        let now = now.map(|ids| ids.iter().map(|id| account(id, "active")).collect());
        let requested = Requested::Authorization("fcauth_1".parse().unwrap());
        let mandate = Mandate::new(Some("{merchant} may.".to_owned())).unwrap();
        let creditor = Creditor { name: "Acme", help: None };
        let offer = Some(Offer::Pay(&mandate)).filter(|_| purpose == Purpose::Payments);
        let words = Words { offer, language: Language::English, creditor };
        let after = AccountsAfter { linked, now };
        let now = after.conditions(ConditionRules::default(), 0);
        let requested = &requested;
        let input = OutcomeInput { purpose, requested, before: &before, linked: &after.linked, now: &now };
        let outcome = settled(SessionResult::Linked, input, &after, words);
        Settled { outcome, linked: ids, by_stripe: true, pairs: None }
    }

    fn lists(outcome: &RelinkOutcome) -> String {
        let connected = outcome.connected().unwrap();
        let lists = [&connected.restored, &connected.added, &connected.still_broken].map(|names| {
            names.iter().map(|name| name.id.as_str().trim_start_matches("fca_")).collect::<Vec<_>>().join(",")
        });
        lists.join(" ")
    }

    #[test]
    fn without_the_accounts_of_now_nothing_is_claimed_beside_what_was_linked() {
        for (now, expected) in [(Some(&["a", "b"][..]), "a,b  c"), (Some(&[]), "a  b,c"), (None, "a  ")] {
            assert_eq!(lists(&after(Purpose::Data, &["a"], now).outcome), expected, "{now:?}");
        }
    }

    #[test]
    fn a_mandate_goes_with_an_added_account_where_the_customer_pays() {
        for (purpose, linked, expected) in [
            (Purpose::Payments, "new", Some("Acme may.")),
            (Purpose::Payments, "a", None),
            (Purpose::Payouts, "new", None),
            (Purpose::Data, "new", None),
        ] {
            let settled = after(purpose, &[linked], None);
            assert_eq!(
                settled.outcome.connected().unwrap().mandate.as_deref(),
                expected,
                "{purpose:?} {linked}"
            );
            assert_eq!(settled.offers_payment(), expected.is_some());
            assert_eq!(settled.payable(&"fca_new".parse().unwrap()).is_some(), expected.is_some());
            assert!(settled.payable(&"fca_a".parse().unwrap()).is_none());
        }
    }

    #[test]
    fn of_the_mandates_for_several_accounts_the_one_of_the_account_that_is_paid_from_counts() {
        let mut settled = after(Purpose::Payments, &["new", "other"], None);
        settled.outcome = change(settled.outcome, |connected| {
            connected.mandate = Some("For new.\n\nFor other.".to_owned());
        });
        let words = |id: &str| settled.payable(&id.parse().unwrap()).map(|(_, words)| words.to_owned());
        assert_eq!(words("fca_new").as_deref(), Some("For new."));
        assert_eq!(words("fca_other").as_deref(), Some("For other."));
    }

    #[test]
    fn stripes_word_replaces_the_browsers_once_and_of_two_alike_the_first_stays() {
        let by = |by_stripe| Settled {
            outcome: RelinkOutcome::Failed,
            linked: Vec::new(),
            by_stripe,
            pairs: None,
        };
        for (new, before, corrects) in
            [(true, false, true), (true, true, false), (false, true, false), (false, false, false)]
        {
            assert_eq!(by(new).corrects(&by(before)), corrects, "{new} {before}");
        }
    }

    #[test]
    fn a_token_shows_what_it_names_and_what_the_customer_linked() {
        let settled = after(Purpose::Payments, &["a", "new"], Some(&["b"]));
        assert_eq!(lists(&settled.outcome), "a,b new c");
        let everything = caller("cus_1", None);
        assert_eq!(settled.visible_to(&everything), settled.outcome);
        let narrow = Caller { accounts: Some(vec!["fca_x".parse().unwrap()]), ..everything.clone() };
        assert_eq!(lists(&settled.visible_to(&narrow)), "a new ");
        let mut bound = everything;
        bound.terms.may_replace = false;
        assert_eq!(settled.visible_to(&bound).connected().unwrap().mandate, None);
    }
}

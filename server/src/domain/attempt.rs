//! Attempt of a customer to relink an account.

use jiff::Timestamp;
use relink_protocol::{
    AccountId, Choice, HolderId, HolderKind, KnownAccount, Purpose, Reported, Requested, SessionId,
};
use serde_json::Value;

use super::audit::{AuditAction, AuditSource, Entry};
use super::customer_claims::Caller;
use super::language::Language;
use super::outcome::Settled;

/// One attempt to repair or replace one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) session: SessionId,
    pub(crate) customer: HolderId,
    pub(crate) sign_in: Option<String>,
    pub(crate) account: AccountId,
    pub(crate) choice: Choice,
    pub(crate) purpose: Purpose,
    /// Account or bank login that the session was made for.
    pub(crate) requested: Requested,
    /// The customer's accounts when the attempt began.
    pub(crate) before: Vec<KnownAccount>,
    pub(crate) started_at: Timestamp,
    /// Last report of the page about the bank window.
    pub(crate) reported: Reported,
    /// Language of the page when the attempt began.
    pub(crate) language: Language,
    /// The final outcome, once known.
    pub(crate) settled: Option<Settled>,
}

impl Attempt {
    /// True for the customer, and only in the sign-in session, that the attempt was begun with.
    pub(crate) fn belongs_to(&self, caller: &Caller) -> bool {
        self.customer == caller.customer && self.sign_in == caller.sign_in
    }

    /// True if the merchant debits the customer's accounts. Nobody debits a connected account: it is paid out to.
    pub(crate) fn pays(&self) -> bool {
        self.purpose == Purpose::Payments && self.customer.kind() != HolderKind::ConnectedAccount
    }

    /// Returns the connected account that the merchant pays out to, if the attempt is about its payouts.
    pub(crate) fn payee(&self) -> Option<&HolderId> {
        let is_payee =
            self.purpose == Purpose::Payouts && self.customer.kind() == HolderKind::ConnectedAccount;
        is_payee.then_some(&self.customer)
    }

    /// Returns an audit entry about this attempt and this account.
    pub(crate) fn entry(
        &self,
        source: AuditSource,
        action: AuditAction,
        account: &AccountId,
        detail: Value,
    ) -> Entry {
        Entry {
            source,
            action,
            customer: Some(self.customer.clone()),
            session: Some(self.session.clone()),
            account: Some(account.clone()),
            detail,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::customer_claims::tests::caller;

    pub(crate) fn attempt(number: usize, caller: &Caller, started_at: i64) -> Attempt {
        Attempt {
            session: format!("fcsess_{number}").parse().unwrap(),
            customer: caller.customer.clone(),
            sign_in: caller.sign_in.clone(),
            account: "fca_1".parse().unwrap(),
            choice: Choice::Repair,
            purpose: Purpose::Payments,
            requested: Requested::Anything,
            before: Vec::new(),
            started_at: Timestamp::from_second(started_at).unwrap(),
            reported: Reported::Unknown,
            language: Language::English,
            settled: None,
        }
    }

    #[test]
    fn an_attempt_belongs_to_its_customer_in_the_sign_in_session_that_began_it() {
        let own = caller("cus_1", Some("session_1"));
        let attempt = attempt(1, &own, 0);
        assert!(attempt.belongs_to(&own));
        for other in [("cus_2", Some("session_1")), ("cus_1", Some("session_2")), ("cus_1", None)] {
            assert!(!attempt.belongs_to(&caller(other.0, other.1)), "{other:?}");
        }
    }

    #[test]
    fn customers_are_debited_and_connected_accounts_are_paid_out_to() {
        let of = |customer: &str, purpose| Attempt { purpose, ..attempt(1, &caller(customer, None), 0) };
        for (customer, purpose, pays, has_payee) in [
            ("cus_1", Purpose::Payments, true, false),
            ("customer_account_acct_1", Purpose::Payments, true, false),
            ("acct_1", Purpose::Payments, false, false),
            ("cus_1", Purpose::Payouts, false, false),
            ("acct_1", Purpose::Payouts, false, true),
            ("acct_1", Purpose::Data, false, false),
            ("cus_1", Purpose::Data, false, false),
        ] {
            let attempt = of(customer, purpose);
            assert_eq!(attempt.pays(), pays, "{customer} {purpose:?}");
            assert_eq!(attempt.payee(), has_payee.then_some(&attempt.customer), "{customer} {purpose:?}");
        }
    }
}

//! One attempt, and how far it is.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::{AccountId, Choice, CustomerId, KnownAccount, Purpose, Reported, Requested, SessionId};

use crate::domain::after::Settled;
use crate::domain::caller::Caller;
use crate::domain::payment::Acceptance;

/// One attempt to repair or replace one account.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) session: SessionId,
    pub(crate) customer: CustomerId,
    pub(crate) sign_in: Option<String>,
    pub(crate) account: AccountId,
    pub(crate) choice: Choice,
    pub(crate) purpose: Purpose,
    /// What Stripe was asked for.
    pub(crate) requested: Requested,
    /// The customer's accounts when it began.
    pub(crate) before: Arc<[KnownAccount]>,
    pub(crate) started_at: Timestamp,
    /// What the page last reported of it.
    pub(crate) reported: Reported,
    /// The final outcome, once known.
    pub(crate) settled: Option<Settled>,
    /// What became of paying from what it added.
    pub(crate) paying: Paying,
}

/// The customer's decision what to pay from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paying {
    payments: HashMap<AccountId, Payment>,
    /// From what they paid before.
    pub(super) keeps: bool,
    /// Held by the click that is being answered.
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
}

/// How far paying from an account is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payment {
    /// The customer's yes, until Stripe says no.
    pub(crate) acceptance: Option<Acceptance>,
    /// How often Stripe said no.
    pub(crate) refusals: u32,
    pub(crate) is_made: bool,
}

impl Attempt {
    /// Only the customer, and only in the sign-in session that the attempt was begun in.
    pub(super) fn belongs_to(&self, caller: &Caller) -> bool {
        self.customer == caller.customer && self.sign_in == caller.sign_in
    }

    /// Whether somebody still has to say something: Stripe what came of it, or the customer, if they may, what they pay
    /// from.
    pub(super) fn is_unfinished(&self, caller: &Caller) -> bool {
        self.settled.as_ref().is_none_or(|settled| {
            settled.offers_payment() && caller.terms.may_replace && !self.paying.is_decided()
        })
    }

    /// How many accounts it remembers, which is what it weighs.
    pub(super) fn weight(&self) -> usize {
        let connected = self.settled.as_ref().and_then(|settled| settled.outcome.connected());
        let told =
            connected.map_or(0, |told| told.restored.len() + told.added.len() + told.still_broken.len());
        self.before.len() + told
    }
}

impl Paying {
    /// How far it is with this account.
    pub(crate) fn payment(&self, account: &AccountId) -> Payment {
        self.payments.get(account).cloned().unwrap_or_default()
    }

    pub(super) fn payment_mut(&mut self, account: &AccountId) -> &mut Payment {
        self.payments.entry(account.clone()).or_default()
    }

    fn is_decided(&self) -> bool {
        self.keeps || self.payments.values().any(|payment| payment.is_made)
    }
}

//! Plans: changes that happen automatically at a known time.

use serde::{Deserialize, Serialize};

use super::{
    World,
    account::{Action, Status},
    number::{DAY, NumberKind, NumberStatus},
    refresh::Feature,
};

/// A planned change and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedChange {
    /// Unix seconds.
    pub(super) at: i64,
    #[serde(rename = "what")]
    pub(super) change: Change,
}

/// A planned change, skipped if the account is no longer in a suitable state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// An active account becomes inactive.
    Deactivate { account: String, action: Action, cause: String },
    /// All tokens of an account expire, regardless of their expiry dates.
    ExpireNumbers { account: String },
    /// A subscribed feature is refreshed, and again a day later.
    Refresh { account: String, feature: Feature },
    /// The bank reports the result of a payment.
    SettlePayment { payment: String },
    /// The refresh with this number finishes.
    FinishRefresh { account: String, feature: Feature, number: usize },
}

impl PlannedChange {
    pub(super) fn name(&self) -> (&'static str, &str) {
        match &self.change {
            Change::Deactivate { account, .. } => ("deactivate", account),
            Change::ExpireNumbers { account } => ("expire_numbers", account),
            Change::Refresh { account, .. } => ("refresh", account),
            Change::SettlePayment { payment } => ("settle_payment", payment),
            Change::FinishRefresh { account, .. } => ("finish_refresh", account),
        }
    }
}

impl World {
    /// Plans a change; an equal change that was planned before is replaced.
    pub(crate) fn plan_change(&mut self, at: i64, change: Change) {
        self.plans.retain(|plan| plan.change != change);
        self.plans.push(PlannedChange { at, change });
    }

    pub(super) fn carry_out(&mut self, plan: &PlannedChange) {
        self.plans.retain(|other| other != plan);
        match &plan.change {
            Change::Deactivate { account, action, cause } => self.deactivate_account(account, *action, cause),
            Change::ExpireNumbers { account } => self.expire_tokens(account),
            Change::Refresh { account, feature } => self.refresh_subscribed(account, *feature),
            Change::SettlePayment { payment } => self.settle_payment(payment),
            Change::FinishRefresh { account, feature, number } => {
                self.finish_if_current(account, *feature, *number);
            }
        }
    }

    pub(super) fn deactivate_account(&mut self, id: &str, action: Action, cause: &str) {
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            if matches!(account.status, Status::Active(_)) {
                account.status = Status::Inactive { action, cause: cause.to_owned() };
            }
        }
    }

    pub(super) fn expire_tokens(&mut self, id: &str) {
        let now = self.now;
        for account in self.accounts.iter_mut().filter(|account| account.id == id) {
            for number in &mut account.numbers {
                if let NumberKind::Tokenized { expires } = &mut number.kind {
                    *expires = expires.map(|date| date.min(now));
                    number.status = NumberStatus::Expired;
                }
            }
        }
    }

    /// Refreshes a subscribed feature and plans the next refresh a day later.
    fn refresh_subscribed(&mut self, id: &str, feature: Feature) {
        let is_subscribed =
            self.account(id).is_some_and(|account| account.subscriptions.contains(&feature.as_str()));
        if is_subscribed {
            self.plan_change(self.now + DAY, Change::Refresh { account: id.to_owned(), feature });
            // An inactive account is skipped until it works again.
            let _ = self.refresh(id, &[feature]);
        }
    }
}

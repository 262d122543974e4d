//! Refreshes of an account's data: requested by the merchant, pending for a while, then succeeded or failed.

use serde::{Deserialize, Serialize};

use super::{Account, World, account::Status, planned::Change};

/// Last refresh of each feature, if there was one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refreshes {
    pub(crate) balance: Option<Refresh>,
    pub(crate) inferred_balances: Option<Refresh>,
    pub(crate) ownership: Option<Refresh>,
    pub(crate) transactions: Option<Refresh>,
}

/// The last attempt to refresh a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refresh {
    pub(crate) id: String,
    /// Number of this refresh, counted over all refreshes since the last reset.
    pub(crate) number: usize,
    /// Unix seconds.
    pub(crate) attempted: i64,
    pub(crate) state: RefreshState,
    /// Time of the last successful refresh of this feature, in Unix seconds.
    pub(crate) fetched: Option<i64>,
}

/// State of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefreshState {
    /// In progress, for this many more reads of the account.
    Pending { reads: u32 },
    /// The data was fetched.
    Succeeded,
    /// The bank did not return the data.
    Failed,
}

/// A kind of account data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Feature {
    /// Balance reported by the bank.
    Balance,
    /// Daily balances inferred from the transactions.
    InferredBalances,
    /// Owners of the account.
    Ownership,
    /// Transactions of the account.
    Transactions,
}

/// Reason why a refresh is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshRefused {
    /// The account is inactive.
    Inactive,
    /// The account was disconnected.
    Disconnected,
    /// The customer did not permit this feature.
    NotPermitted(Feature),
}

impl Feature {
    pub(crate) const ALL: [Self; 4] =
        [Self::Balance, Self::InferredBalances, Self::Ownership, Self::Transactions];

    /// Name in the parameters of refreshes and subscriptions.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::InferredBalances => "inferred_balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// Returns the permission that the feature needs.
    pub(crate) fn permission(self) -> &'static str {
        match self {
            Self::Balance | Self::InferredBalances => "balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// True if this word in a session's `prefetch` names the feature.
    fn matches_prefetch(self, word: &str) -> bool {
        match self {
            Self::Balance => word == "balances",
            Self::InferredBalances | Self::Ownership | Self::Transactions => word == self.as_str(),
        }
    }
}

impl Refreshes {
    pub(crate) fn of(&self, feature: Feature) -> Option<&Refresh> {
        match feature {
            Feature::Balance => self.balance.as_ref(),
            Feature::InferredBalances => self.inferred_balances.as_ref(),
            Feature::Ownership => self.ownership.as_ref(),
            Feature::Transactions => self.transactions.as_ref(),
        }
    }

    fn slot(&mut self, feature: Feature) -> &mut Option<Refresh> {
        match feature {
            Feature::Balance => &mut self.balance,
            Feature::InferredBalances => &mut self.inferred_balances,
            Feature::Ownership => &mut self.ownership,
            Feature::Transactions => &mut self.transactions,
        }
    }
}

impl Account {
    /// Returns the time of the last fetch, in Unix seconds, if the merchant may see the data.
    pub(crate) fn fetched(&self, feature: Feature) -> Option<i64> {
        let refresh = self.refreshes.of(feature).filter(|_| self.has_permission(feature.permission()))?;
        refresh.fetched
    }

    pub(crate) fn allows(&self, features: &[Feature]) -> Result<(), RefreshRefused> {
        match self.status {
            Status::Active(_) => {}
            Status::Inactive { .. } => return Err(RefreshRefused::Inactive),
            Status::Disconnected => return Err(RefreshRefused::Disconnected),
        }
        let refused = features.iter().find(|feature| !self.has_permission(feature.permission()));
        refused.map_or(Ok(()), |feature| Err(RefreshRefused::NotPermitted(*feature)))
    }
}

impl World {
    /// Starts a refresh of all features, or of none if one is refused.
    pub(crate) fn refresh(&mut self, id: &str, features: &[Feature]) -> Result<(), RefreshRefused> {
        self.account(id).map_or(Ok(()), |account| account.allows(features))?;
        for feature in features {
            self.start_refresh(id, *feature);
        }
        Ok(())
    }

    /// Starts a refresh of the features that the session asked for and the customer permitted.
    pub(super) fn prefetch(&mut self, id: &str, words: &[&str]) {
        for feature in Feature::ALL {
            let wanted = words.iter().any(|word| feature.matches_prefetch(word));
            let permitted =
                self.account(id).is_some_and(|account| account.has_permission(feature.permission()));
            if wanted && permitted {
                self.start_refresh(id, feature);
            }
        }
    }

    /// Counts a read of the account by the merchant: pending refreshes come one read closer to their end.
    pub(crate) fn count_read(&mut self, id: &str) {
        if self.settings.refresh_seconds > 0 {
            return;
        }
        for feature in Feature::ALL {
            let Some(account) = self.accounts.iter_mut().find(|account| account.id == id) else { return };
            let state = account.refreshes.slot(feature).as_mut().map(|refresh| &mut refresh.state);
            match state {
                Some(RefreshState::Pending { reads: 0 }) => self.finish(id, feature),
                Some(RefreshState::Pending { reads }) => *reads -= 1,
                Some(RefreshState::Succeeded | RefreshState::Failed) | None => {}
            }
        }
    }

    fn start_refresh(&mut self, account_id: &str, feature: Feature) {
        self.refreshes_made += 1;
        let (id, number) = (self.ids.next("fctxnref"), self.refreshes_made);
        let (attempted, reads) = (self.now, self.settings.refresh_reads);
        if feature == Feature::Transactions {
            self.transaction_refresh_ids.insert(number, id.clone());
        }
        let Some(account) = self.accounts.iter_mut().find(|account| account.id == account_id) else { return };
        let slot = account.refreshes.slot(feature);
        let fetched = slot.as_ref().and_then(|last| last.fetched);
        *slot = Some(Refresh { id, number, attempted, state: RefreshState::Pending { reads }, fetched });
        let seconds = i64::from(self.settings.refresh_seconds);
        if seconds > 0 {
            let account = account_id.to_owned();
            self.plan_change(attempted + seconds, Change::FinishRefresh { account, feature, number });
        } else if reads == 0 {
            self.finish(account_id, feature);
        }
    }

    /// Finishes a refresh, unless it is over or a newer one has begun.
    pub(super) fn finish_if_current(&mut self, id: &str, feature: Feature, number: usize) {
        let refresh = self.account(id).and_then(|account| account.refreshes.of(feature));
        let is_pending = |refresh: &Refresh| matches!(refresh.state, RefreshState::Pending { .. });
        if refresh.is_some_and(|refresh| refresh.number == number && is_pending(refresh)) {
            self.finish(id, feature);
        }
    }

    fn finish(&mut self, id: &str, feature: Feature) {
        let (now, fails) = (self.now, self.settings.refresh_fails);
        let Some(account) = self.accounts.iter_mut().find(|account| account.id == id) else { return };
        let Some(refresh) = account.refreshes.slot(feature) else { return };
        if fails {
            refresh.state = RefreshState::Failed;
            return;
        }
        (refresh.state, refresh.fetched) = (RefreshState::Succeeded, Some(now));
        if feature == Feature::Transactions {
            let number = refresh.number;
            self.fetch_transactions(id, number);
        }
    }
}

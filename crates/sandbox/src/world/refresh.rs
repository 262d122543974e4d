//! Refreshes of an account's data: asked for by the merchant, under way for a while, then done or failed.

use serde::{Deserialize, Serialize};

use super::{Account, World, account::Status, plan::Planned};

/// One kind of data each, and its last refresh, if there was any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refreshes {
    pub(crate) balance: Option<Refresh>,
    pub(crate) inferred_balances: Option<Refresh>,
    pub(crate) ownership: Option<Refresh>,
    pub(crate) transactions: Option<Refresh>,
}

/// The last attempt to fetch one kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refresh {
    /// Counts all refreshes, so that later ones have greater numbers.
    pub(crate) number: usize,
    /// Unix seconds.
    pub(crate) attempted: i64,
    pub(crate) state: RefreshState,
    /// When this or an earlier attempt brought the data that is there, in Unix seconds.
    pub(crate) fetched: Option<i64>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefreshState {
    /// Under way, for so many more reads of the account.
    Pending { reads: u32 },
    /// The data is there.
    Succeeded,
    /// The bank did not give it.
    Failed,
}

/// A kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Feature {
    /// What the bank says is in the account.
    Balance,
    /// What the transactions say was in it, day by day.
    InferredBalances,
    /// Whose account it is.
    Ownership,
    /// What came in and went out.
    Transactions,
}

/// Why nothing is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshRefused {
    /// The connection does not work.
    Inactive,
    /// The connection was ended.
    Disconnected,
    /// The customer did not share this.
    NotPermitted(Feature),
}

impl Feature {
    pub(crate) const ALL: [Self; 4] =
        [Self::Balance, Self::InferredBalances, Self::Ownership, Self::Transactions];

    /// As parameters of a refresh and of subscriptions have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::InferredBalances => "inferred_balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// What the customer must have shared.
    pub(crate) fn permission(self) -> &'static str {
        match self {
            Self::Balance | Self::InferredBalances => "balances",
            Self::Ownership => "ownership",
            Self::Transactions => "transactions",
        }
    }

    /// As `prefetch` of a session has it.
    fn is_prefetched_by(self, word: &str) -> bool {
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
    /// When the data that the merchant may see was fetched, if it ever was.
    pub(crate) fn fetched(&self, feature: Feature) -> Option<i64> {
        let refresh = self.refreshes.of(feature).filter(|_| self.may(feature.permission()))?;
        refresh.fetched
    }

    pub(crate) fn allows(&self, features: &[Feature]) -> Result<(), RefreshRefused> {
        match self.status {
            Status::Active(_) => {}
            Status::Inactive { .. } => return Err(RefreshRefused::Inactive),
            Status::Disconnected => return Err(RefreshRefused::Disconnected),
        }
        let refused = features.iter().find(|feature| !self.may(feature.permission()));
        refused.map_or(Ok(()), |feature| Err(RefreshRefused::NotPermitted(*feature)))
    }
}

impl World {
    /// All of them or none.
    pub(crate) fn refresh(&mut self, id: &str, features: &[Feature]) -> Result<(), RefreshRefused> {
        self.account(id).map_or(Ok(()), |account| account.allows(features))?;
        for feature in features {
            self.begin(id, *feature);
        }
        Ok(())
    }

    /// Begins what the session asked for and the customer shared.
    pub(super) fn prefetch(&mut self, id: &str, words: &[&str]) {
        for feature in Feature::ALL {
            let wanted = words.iter().any(|word| feature.is_prefetched_by(word));
            let permitted = self.account(id).is_some_and(|account| account.may(feature.permission()));
            if wanted && permitted {
                self.begin(id, feature);
            }
        }
    }

    /// The merchant reads this account: what is under way comes nearer to its end.
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

    fn begin(&mut self, id: &str, feature: Feature) {
        self.refreshed += 1;
        let (number, attempted, reads) = (self.refreshed, self.now, self.settings.refresh_reads);
        let Some(account) = self.accounts.iter_mut().find(|account| account.id == id) else { return };
        let slot = account.refreshes.slot(feature);
        let fetched = slot.as_ref().and_then(|last| last.fetched);
        *slot = Some(Refresh { number, attempted, state: RefreshState::Pending { reads }, fetched });
        let seconds = i64::from(self.settings.refresh_seconds);
        if seconds > 0 {
            let account = id.to_owned();
            self.plan(attempted + seconds, Planned::FinishRefresh { account, feature, number });
        } else if reads == 0 {
            self.finish(id, feature);
        }
    }

    /// The end of one refresh, unless it is over or another one was begun since.
    pub(super) fn finish_numbered(&mut self, id: &str, feature: Feature, number: usize) {
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

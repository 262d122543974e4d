//! Moments at which a call may go: from the database where several servers share one, else from this process.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::pace::{Pace, Taker};
use crate::seldom::Seldom;
use crate::store::{Engine, Store, StoreError};

/// A part of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Clients,
    Background,
}

/// The two shares of the rate, and when the next call of each may go.
#[derive(Debug)]
pub(super) struct Source {
    /// The database that all servers share, if there is one.
    shared: Option<Store>,
    clients: Pace,
    background: Pace,
    /// This process's own moments, in milliseconds since `began`: the ones that count on SQLite, and on PostgreSQL while
    /// it can't be reached.
    own: Mutex<[i64; 2]>,
    began: Instant,
    failures: Seldom,
}

impl Share {
    /// As the database has it.
    const NAMES: [&str; 2] = ["customers", "background"];

    fn index(self) -> usize {
        match self {
            Self::Clients => 0,
            Self::Background => 1,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Clients => Self::Background,
            Self::Background => Self::Clients,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Clients => Self::NAMES[0],
            Self::Background => Self::NAMES[1],
        }
    }
}

impl Source {
    pub(super) fn new(store: &Store, rate: u32, background_share: u32) -> Self {
        let shared = match store.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(store.clone()),
        };
        Self { shared, ..Self::in_process(rate, background_share) }
    }

    pub(super) fn in_process(rate: u32, background_share: u32) -> Self {
        Self {
            shared: None,
            clients: Pace::new(rate, 100_u32.saturating_sub(background_share)),
            background: Pace::new(rate, background_share),
            own: Mutex::default(),
            began: Instant::now(),
            failures: Seldom::default(),
        }
    }

    /// Returns when a call of this share may go. It is taken then.
    pub(super) async fn next_moment(&self, share: Share) {
        loop {
            let wait = match &self.shared {
                Some(store) => self.shared_moment(store, share).await.unwrap_or_else(|error| {
                    self.note(&error);
                    self.own_moment(share)
                }),
                None => self.own_moment(share),
            };
            match u64::try_from(wait) {
                Ok(wait @ 1..) => tokio::time::sleep(Duration::from_millis(wait)).await,
                Ok(0) | Err(_) => return,
            }
        }
    }

    /// Takes a moment of the database's; otherwise gives how long it is until there may be one.
    async fn shared_moment(&self, store: &Store, share: Share) -> Result<i64, StoreError> {
        let next = store.next_moments(Share::NAMES).await?;
        match self.choose(next, share) {
            Choice::Wait(wait) => Ok(wait),
            Choice::Take(from, taker) => {
                let is_taken = store.take_moment(from.name(), self.pace(from), taker).await?;
                // Otherwise another server was faster: look again in a millisecond.
                Ok(i64::from(!is_taken))
            }
        }
    }

    /// The same in this process.
    fn own_moment(&self, share: Share) -> i64 {
        let now = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        match self.choose(own.map(|next| next - now), share) {
            Choice::Wait(wait) => wait,
            Choice::Take(from, taker) => {
                if let Some(next) = own.get_mut(from.index()) {
                    *next = now + self.pace(from).taken(*next - now, taker);
                }
                0
            }
        }
    }

    /// A share's own moments first, then what the other share does not need.
    fn choose(&self, [clients, background]: [i64; 2], share: Share) -> Choice {
        let next_in = |share| match share {
            Share::Clients => clients,
            Share::Background => background,
        };
        let (mine, others) = (share, share.other());
        let wait = self.pace(mine).wait(next_in(mine), Taker::Owner);
        let wait_to_borrow = self.pace(others).wait(next_in(others), Taker::Borrower);
        if wait <= 0 {
            Choice::Take(mine, Taker::Owner)
        } else if wait_to_borrow <= 0 {
            Choice::Take(others, Taker::Borrower)
        } else {
            Choice::Wait(wait.min(wait_to_borrow))
        }
    }

    fn pace(&self, share: Share) -> Pace {
        match share {
            Share::Clients => self.clients,
            Share::Background => self.background,
        }
    }

    /// A database that is away is no reason to fail a customer, nor to exceed the rate.
    fn note(&self, error: &StoreError) {
        if let Some(times) = self.failures.happened(crate::clock::now()) {
            tracing::warn!(
                %error, times,
                "the shared budget of Stripe calls can't be read, so this server keeps to its own: {error}"
            );
        }
    }
}

enum Choice {
    Take(Share, Taker),
    /// In milliseconds.
    Wait(i64),
}

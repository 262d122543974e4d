//! Slots for calls to Stripe: from the database if servers share one, else from this process.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::pace::{Pace, SlotTaker};
use crate::logging::LogThrottle;

/// A share of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Clients,
    Background,
}

/// Slots that several servers share. The store implements this for PostgreSQL.
pub(crate) trait SharedSlots: Send + Sync + 'static {
    /// Reason for which no slot can be read or taken.
    type Error: Display;

    /// Returns the time from now until the next slot of each share, in milliseconds. One that was never used has long
    /// been free.
    fn next_slots(&self, names: [&str; 2]) -> impl Future<Output = Result<[i64; 2], Self::Error>> + Send;

    /// Takes the next slot of this share if this taker may have it now. Only one of several servers gets it.
    fn take_slot(
        &self,
        name: &str,
        pace: Pace,
        taker: SlotTaker,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// The two shares of the rate, with the next slot of each.
#[derive(Debug)]
pub(super) struct Source<S> {
    /// Slots that all servers share, if there are several.
    shared: Option<S>,
    clients: Pace,
    background: Pace,
    /// Next slots of this process, in milliseconds since `began`: used on SQLite, and on PostgreSQL while it can't be
    /// reached.
    own: Mutex<[i64; 2]>,
    began: Instant,
    failures: LogThrottle,
}

impl Share {
    /// Names in the database.
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

impl<S: SharedSlots> Source<S> {
    pub(super) fn new(shared: Option<S>, rate: u32, background_share: u32) -> Self {
        Self {
            shared,
            clients: Pace::new(rate, 100_u32.saturating_sub(background_share)),
            background: Pace::new(rate, background_share),
            own: Mutex::default(),
            began: Instant::now(),
            failures: LogThrottle::default(),
        }
    }

    /// Waits for a slot of this share and takes it.
    pub(super) async fn next_slot(&self, share: Share) {
        loop {
            let wait = match &self.shared {
                Some(shared) => self.shared_slot(shared, share).await.unwrap_or_else(|error| {
                    self.note(&error);
                    self.local_slot(share)
                }),
                None => self.local_slot(share),
            };
            match u64::try_from(wait) {
                Ok(wait @ 1..) => tokio::time::sleep(Duration::from_millis(wait)).await,
                Ok(0) | Err(_) => return,
            }
        }
    }

    /// Takes a slot from the database and returns 0, or returns the time until there may be one.
    async fn shared_slot(&self, shared: &S, share: Share) -> Result<i64, S::Error> {
        let next = shared.next_slots(Share::NAMES).await?;
        match self.choose(next, share) {
            Choice::Wait(wait) => Ok(wait),
            Choice::Take(from, taker) => {
                let is_taken = shared.take_slot(from.name(), self.pace(from), taker).await?;
                // Another server was faster: try again in a millisecond.
                Ok(i64::from(!is_taken))
            }
        }
    }

    /// Does the same as `shared_slot`, in this process.
    fn local_slot(&self, share: Share) -> i64 {
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

    /// Chooses the share's own slot first, then one that the other share does not need.
    fn choose(&self, [clients, background]: [i64; 2], share: Share) -> Choice {
        let next_in = |share| match share {
            Share::Clients => clients,
            Share::Background => background,
        };
        let (mine, others) = (share, share.other());
        let wait = self.pace(mine).wait(next_in(mine), SlotTaker::Owner);
        let wait_to_borrow = self.pace(others).wait(next_in(others), SlotTaker::Borrower);
        if wait <= 0 {
            Choice::Take(mine, SlotTaker::Owner)
        } else if wait_to_borrow <= 0 {
            Choice::Take(others, SlotTaker::Borrower)
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

    /// Logs an error of the database. Calls go on, at this server's own rate.
    fn note(&self, error: &S::Error) {
        if let Some(times) = self.failures.happened(crate::clock::now()) {
            tracing::warn!(
                %error, times,
                "the shared budget of Stripe calls can't be read, so this server keeps to its own: {error}"
            );
        }
    }
}

enum Choice {
    Take(Share, SlotTaker),
    /// Wait in milliseconds.
    Wait(i64),
}

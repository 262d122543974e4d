//! One budget of calls for all servers: each call gets a moment of its own, in the database. Customers' calls may queue up
//! for the next moments; the background takes one only when nobody else wants it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::traffic::Lane;
use crate::store::Store;

/// The right to call Stripe so many times a second.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    store: Store,
    /// Between two calls, in milliseconds.
    interval: i64,
    /// Of those who wait in the background, one asks.
    background: Arc<Mutex<()>>,
}

/// What is not used is kept for so long, in milliseconds: a click is a handful of calls at once.
const BURST: i64 = 250;
/// A customer is told to try again rather than wait longer, in milliseconds.
const LONGEST_QUEUE: i64 = 2000;

/// There is more to ask than may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Budget {
    /// `rate` is calls a second, of all servers together.
    pub(crate) fn new(store: Store, rate: u32) -> Self {
        Self { store, interval: (1000 / i64::from(rate.max(1))).max(1), background: Arc::default() }
    }

    /// Waits for this call's moment.
    pub(super) async fn spend(&self, lane: Lane) -> Result<(), Exhausted> {
        let _turn = match lane {
            Lane::Customer => None,
            Lane::Background => Some(self.background.lock().await),
        };
        loop {
            let now = crate::clock::now().as_millisecond();
            let latest = match lane {
                Lane::Customer => now + LONGEST_QUEUE,
                Lane::Background => now,
            };
            match self.store.reserve("stripe", now - BURST, latest, self.interval).await {
                Ok(Some(moment)) => {
                    wait(moment - now).await;
                    return Ok(());
                }
                Ok(None) if lane == Lane::Customer => return Err(Exhausted),
                Ok(None) => wait(self.interval).await,
                Err(error) => {
                    // A database that is away is no reason to fail a customer.
                    tracing::warn!(%error, "the budget of Stripe calls can't be read: {error}");
                    return Ok(());
                }
            }
        }
    }
}

async fn wait(milliseconds: i64) {
    if let Ok(wait @ 1..) = u64::try_from(milliseconds) {
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

//! Rate limit for calls to Stripe. Customers and the background each have a share, and can use what the other leaves.
//! Within the customers' share, clients take turns.
//!
//! On PostgreSQL all servers share the rate, by the database's clock; each server orders only its own waiting calls. On
//! SQLite all of that is in this process.

mod slots;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub(crate) use self::slots::SharedSlots;
use self::slots::Source;
use super::fair_queue::FairQueue;
use crate::metrics;

/// Kind of caller of Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// A client that waits for the answer, with a name that is unique to it.
    Client(Arc<str>),
    /// A background job.
    Background,
}

impl Priority {
    /// Returns the share of the budget that its calls are counted in.
    pub(super) fn share(&self) -> metrics::Share {
        match self {
            Self::Client(_) => metrics::Share::Customers,
            Self::Background => metrics::Share::Background,
        }
    }
}

/// Longest wait of a client for one call. After that the customer has to try again.
const MAX_QUEUE: Duration = Duration::from_secs(4);

/// The rate limit allows no call in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RateLimitTimeout;

/// Two queues, and the tasks that release waiting calls one by one. Cheap to clone; the tasks end with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct RateLimiter {
    clients: mpsc::UnboundedSender<Waiting>,
    background: mpsc::UnboundedSender<Waiting>,
}

/// A waiting call.
#[derive(Debug)]
struct Waiting {
    client: Arc<str>,
    turn: oneshot::Sender<()>,
}

impl RateLimiter {
    /// Starts the tasks, so it needs a Tokio runtime. `rate` is calls per second for all servers together, whose slots
    /// are `shared`; `None` if there is one server. `background_share` is the percentage of the rate that is reserved
    /// for background jobs.
    pub(crate) fn new<S: SharedSlots>(shared: Option<S>, rate: u32, background_share: u32) -> Self {
        let source = Arc::new(Source::new(shared, rate, background_share));
        let (clients, waiting_clients) = mpsc::unbounded_channel();
        let (background, waiting_background) = mpsc::unbounded_channel();
        tokio::spawn(let_go(waiting_clients, source.clone(), slots::Share::Clients));
        tokio::spawn(let_go(waiting_background, source, slots::Share::Background));
        Self { clients, background }
    }

    /// Waits until the call may be sent. A client waits for a few seconds at most; the background has no limit.
    pub(super) async fn spend(&self, lane: &Priority) -> Result<(), RateLimitTimeout> {
        let (turn, my_turn) = oneshot::channel();
        match lane {
            Priority::Client(client) => {
                let waiting = Waiting { client: client.clone(), turn };
                self.clients.send(waiting).map_err(|_| RateLimitTimeout)?;
                let in_time = tokio::time::timeout(MAX_QUEUE, my_turn).await;
                in_time.map_err(|_| RateLimitTimeout)?.map_err(|_| RateLimitTimeout)
            }
            Priority::Background => {
                let waiting = Waiting { client: Arc::default(), turn };
                self.background.send(waiting).map_err(|_| RateLimitTimeout)?;
                my_turn.await.map_err(|_| RateLimitTimeout)
            }
        }
    }
}

/// Releases waiting calls. Chooses the next one only when a slot is free, so that calls that arrive meanwhile count.
async fn let_go<S: SharedSlots>(
    mut arriving: mpsc::UnboundedReceiver<Waiting>,
    source: Arc<Source<S>>,
    share: slots::Share,
) {
    let mut queue = FairQueue::new();
    while let Some(first) = arriving.recv().await {
        queue.push(first.client.clone(), first);
        while !queue.is_empty() {
            source.next_slot(share).await;
            while let Ok(waiting) = arriving.try_recv() {
                queue.push(waiting.client.clone(), waiting);
            }
            while let Some(waiting) = queue.pop(|waiting: &Waiting| !waiting.turn.is_closed()) {
                // A client that has just disconnected leaves its slot to the next one.
                if waiting.turn.send(()).is_ok() {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

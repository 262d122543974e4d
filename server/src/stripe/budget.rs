//! The right to call Stripe so many times a second. Customers and the background each have a share, and use what the other
//! leaves. Within the customers' share everybody gets a turn.
//!
//! On PostgreSQL the rate is kept by all servers together, in the order of the database's clock; the order among those who
//! wait is each server's own. On SQLite both are in this process.

mod source;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use self::source::Source;
use super::fair_queue::FairQueue;
use crate::store::Store;

/// On whose behalf Stripe is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Somebody waits for the answer: a client, by a name that is its own.
    Client(Arc<str>),
    /// Nobody does.
    Background,
}

/// A customer is told to try again rather than wait longer for one call.
const LONGEST_QUEUE: Duration = Duration::from_secs(4);

/// There is more to ask than may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

/// Two queues, and the tasks that let those who wait go one by one. Cheap to clone; the tasks end with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    clients: mpsc::UnboundedSender<Waiting>,
    background: mpsc::UnboundedSender<Waiting>,
}

/// A call whose turn has not come.
#[derive(Debug)]
struct Waiting {
    client: Arc<str>,
    turn: oneshot::Sender<()>,
}

impl Budget {
    /// `rate` is calls a second, of all servers together; `background_share` is the percentage of it that is reserved for
    /// what nobody waits for. Has to be called where tasks can be spawned.
    pub(crate) fn new(store: &Store, rate: u32, background_share: u32) -> Self {
        Self::of(Source::new(store, rate, background_share))
    }

    fn of(source: Source) -> Self {
        let source = Arc::new(source);
        let (clients, waiting_clients) = mpsc::unbounded_channel();
        let (background, waiting_background) = mpsc::unbounded_channel();
        tokio::spawn(let_go(waiting_clients, source.clone(), source::Share::Clients));
        tokio::spawn(let_go(waiting_background, source, source::Share::Background));
        Self { clients, background }
    }

    /// Waits for this call's turn. Clients are not kept waiting for long; the background is.
    pub(super) async fn spend(&self, lane: &Lane) -> Result<(), Exhausted> {
        let (turn, my_turn) = oneshot::channel();
        match lane {
            Lane::Client(client) => {
                let waiting = Waiting { client: client.clone(), turn };
                self.clients.send(waiting).map_err(|_| Exhausted)?;
                let in_time = tokio::time::timeout(LONGEST_QUEUE, my_turn).await;
                in_time.map_err(|_| Exhausted)?.map_err(|_| Exhausted)
            }
            Lane::Background => {
                let waiting = Waiting { client: Arc::default(), turn };
                self.background.send(waiting).map_err(|_| Exhausted)?;
                my_turn.await.map_err(|_| Exhausted)
            }
        }
    }
}

/// Who goes is decided at the moment at which somebody may go, and not before: whoever comes meanwhile is in time.
async fn let_go(mut arriving: mpsc::UnboundedReceiver<Waiting>, source: Arc<Source>, share: source::Share) {
    let mut queue = FairQueue::new();
    while let Some(first) = arriving.recv().await {
        queue.push(first.client.clone(), first);
        while !queue.is_empty() {
            source.next_moment(share).await;
            while let Ok(waiting) = arriving.try_recv() {
                queue.push(waiting.client.clone(), waiting);
            }
            while let Some(waiting) = queue.pop(|waiting: &Waiting| !waiting.turn.is_closed()) {
                // Whoever has gone away in this very moment lets the next one go.
                if waiting.turn.send(()).is_ok() {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Stream of signed webhooks as Stripe sends them: several at once, some twice, some late, each until it is accepted.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;

use crate::clock;
use crate::connection::{Connection, PreparedRequest};
use crate::event::{EventContent, signature};
use crate::server::WEBHOOK_SECRET;
use crate::stripe::{Account, AccountState, Stripe};

const SENDERS: u64 = 8;
/// Number of events in the queue, so that later events can overtake earlier ones.
const QUEUE_LENGTH: usize = 4;
/// Number of accepted events that are remembered, to be sent again.
const REPEATABLE: usize = 50;
/// Delay before an event is retried if a server is down.
const RETRY_DELAY: Duration = Duration::from_millis(3);

/// Results so far.
#[derive(Debug, Default)]
pub(crate) struct StreamCounts {
    /// Number of 2xx responses, including those to repeated events.
    pub(crate) acks: AtomicU64,
    /// Number of 429 and 5xx responses: the server did not accept the event.
    pub(crate) refusals: AtomicU64,
    /// Number of requests without a response: it is unknown if the event was accepted.
    pub(crate) broken: AtomicU64,
    accepted_ids: Mutex<BTreeSet<String>>,
    changed: Mutex<BTreeSet<String>>,
    stop: AtomicBool,
}

impl StreamCounts {
    /// Returns the IDs of all events that had a 2xx response.
    pub(crate) fn accepted(&self) -> BTreeSet<String> {
        self.accepted_ids.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the IDs of the accounts whose state has changed at least once.
    pub(crate) fn changed(&self) -> BTreeSet<String> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count_accepted(&self, id: &str) {
        self.acks.fetch_add(1, Ordering::SeqCst);
        self.accepted_ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }
}

/// Running stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) counts: Arc<StreamCounts>,
    senders: JoinSet<Result<()>>,
}

impl Stream {
    /// Starts to send to all `hosts` in turn. Each sender has its own accounts, so that no two senders change the
    /// same account.
    pub(crate) fn start(stripe: &Arc<Stripe>, accounts: &[Account], hosts: &[String], seed: u64) -> Self {
        let counts = Arc::<StreamCounts>::default();
        let mut senders = JoinSet::new();
        for number in 0..SENDERS {
            let step = usize::try_from(SENDERS).unwrap_or(1);
            let skip = usize::try_from(number).unwrap_or_default();
            let sender = Sender {
                number,
                accounts: accounts.iter().skip(skip).step_by(step).cloned().collect(),
                stripe: Arc::clone(stripe),
                hosts: hosts.to_vec(),
                rng: StdRng::seed_from_u64(seed.wrapping_add(number)),
                counts: Arc::clone(&counts),
                queue: Vec::new(),
                accepted: Vec::new(),
                created: 0,
                next_server: skip,
            };
            senders.spawn(sender.run());
        }
        Self { counts, senders }
    }

    /// Fails if a sender has stopped.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.senders.try_join_next() {
            None => Ok(()),
            Some(ended) => {
                ended??;
                bail!("a sender of webhooks has stopped by itself")
            }
        }
    }

    /// Stops the stream once all of its events are accepted.
    pub(crate) async fn finish(mut self) -> Result<Arc<StreamCounts>> {
        self.counts.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.senders.join_next().await {
            ended??;
        }
        Ok(self.counts)
    }
}

/// One of the concurrent senders.
struct Sender {
    number: u64,
    accounts: Vec<Account>,
    stripe: Arc<Stripe>,
    hosts: Vec<String>,
    rng: StdRng,
    counts: Arc<StreamCounts>,
    queue: Vec<QueuedEvent>,
    accepted: Vec<QueuedEvent>,
    created: u64,
    next_server: usize,
}

/// Event with its ID.
#[derive(Clone)]
struct QueuedEvent {
    id: String,
    body: String,
}

impl Sender {
    async fn run(mut self) -> Result<()> {
        let mut connections =
            self.hosts.iter().map(|host| Connection::new(host)).collect::<Result<Vec<_>>>()?;
        while !self.counts.stop.load(Ordering::SeqCst) {
            match self.rng.random_range(0..10) {
                0..4 => self.change().await?,
                4..6 => self.queue_irrelevant_event(),
                6 => self.queue_repeat(),
                _ => {}
            }
            if self.queue.len() > QUEUE_LENGTH {
                self.send_one(&mut connections).await?;
            }
        }
        while !self.queue.is_empty() {
            self.send_one(&mut connections).await?;
        }
        Ok(())
    }

    /// Changes an account at its bank, and queues Stripe's event about it.
    async fn change(&mut self) -> Result<()> {
        let Some(account) = self.any_account() else { return Ok(()) };
        let Some(state) = AccountState::ALL.choose(&mut self.rng).copied() else { return Ok(()) };
        self.stripe.change(&account.id, state).await?;
        self.counts.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(account.id.clone());
        self.queue_event(state.event(), &account);
        Ok(())
    }

    /// Queues an event that changes nothing, or whose type the server doesn't know.
    fn queue_irrelevant_event(&mut self) {
        let Some(account) = self.any_account() else { return };
        let kinds = [
            "financial_connections.account.refreshed_balance",
            "financial_connections.account.word_of_the_future",
            "customer.updated",
        ];
        let Some(kind) = kinds.choose(&mut self.rng) else { return };
        self.queue_event(kind, &account);
    }

    /// Queues an accepted event again.
    fn queue_repeat(&mut self) {
        self.queue.extend(self.accepted.choose(&mut self.rng).cloned());
    }

    fn any_account(&mut self) -> Option<Account> {
        self.accounts.choose(&mut self.rng).cloned()
    }

    fn queue_event(&mut self, kind: &str, account: &Account) {
        self.created += 1;
        let id = format!("evt_Drill{}x{:07}", self.number, self.created);
        let Account { id: account, customer } = account;
        let content = EventContent { id: &id, kind, account, customer, created: clock::seconds() };
        let body = content.body();
        self.queue.push(QueuedEvent { id, body });
    }

    /// Sends a random event from the queue to the servers in turn, until one accepts it.
    async fn send_one(&mut self, connections: &mut [Connection]) -> Result<()> {
        let event = self.queue.swap_remove(self.rng.random_range(0..self.queue.len()));
        loop {
            self.next_server += 1;
            let next_server = self.next_server % connections.len().max(1);
            let Some(connection) = connections.get_mut(next_server) else { bail!("there is no server") };
            let signature = signature(WEBHOOK_SECRET, clock::seconds(), &event.body);
            let signature = HeaderValue::from_str(&signature)?;
            match connection.send(&PreparedRequest { body: Bytes::from(event.body.clone()), signature }).await
            {
                Ok(200..300) => break,
                // The server accepts it later.
                Ok(429 | 500..600) => self.counts.refusals.fetch_add(1, Ordering::SeqCst),
                Ok(status) => bail!("the server refuses {}: {status}", event.id),
                Err(_) => self.counts.broken.fetch_add(1, Ordering::SeqCst),
            };
            tokio::time::sleep(RETRY_DELAY).await;
        }
        self.counts.count_accepted(&event.id);
        if self.accepted.len() == REPEATABLE {
            self.accepted.swap_remove(self.rng.random_range(0..REPEATABLE));
        }
        self.accepted.push(event);
        Ok(())
    }
}

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
use crate::event::{News, signature};
use crate::server::WEBHOOK_SECRET;
use crate::stripe::{Account, Mood, Stripe};
use crate::wire::{Parcel, Wire};

const SENDERS: u64 = 8;
/// Number of events in the queue, so that later events can overtake earlier ones.
const HELD: usize = 4;
/// Number of accepted events that are remembered, to be sent again.
const REMEMBERED: usize = 50;
/// Delay before an event is retried if a server is down.
const AGAIN: Duration = Duration::from_millis(3);

/// Results so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Number of 2xx responses, including those to repeated events.
    pub(crate) acks: AtomicU64,
    /// Number of 429 and 5xx responses: the server did not accept the event.
    pub(crate) refusals: AtomicU64,
    /// Number of requests without a response: it is unknown if the event was accepted.
    pub(crate) broken: AtomicU64,
    taken: Mutex<BTreeSet<String>>,
    changed: Mutex<BTreeSet<String>>,
    stop: AtomicBool,
}

impl Tally {
    /// Returns the IDs of all events that had a 2xx response.
    pub(crate) fn taken(&self) -> BTreeSet<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the IDs of the accounts whose state has changed at least once.
    pub(crate) fn changed(&self) -> BTreeSet<String> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, id: &str) {
        self.acks.fetch_add(1, Ordering::SeqCst);
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }
}

/// Running stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) tally: Arc<Tally>,
    senders: JoinSet<Result<()>>,
}

impl Stream {
    /// Starts to send to all `hosts` in turn. Each sender has its own accounts, so that no two senders change the
    /// same account.
    pub(crate) fn start(stripe: &Arc<Stripe>, accounts: &[Account], hosts: &[String], seed: u64) -> Self {
        let tally = Arc::<Tally>::default();
        let mut senders = JoinSet::new();
        for number in 0..SENDERS {
            let step = usize::try_from(SENDERS).unwrap_or(1);
            let skip = usize::try_from(number).unwrap_or_default();
            let sender = Sender {
                number,
                accounts: accounts.iter().skip(skip).step_by(step).cloned().collect(),
                stripe: Arc::clone(stripe),
                hosts: hosts.to_vec(),
                chance: StdRng::seed_from_u64(seed.wrapping_add(number)),
                tally: Arc::clone(&tally),
                held: Vec::new(),
                done: Vec::new(),
                made: 0,
                turn: skip,
            };
            senders.spawn(sender.run());
        }
        Self { tally, senders }
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
    pub(crate) async fn finish(mut self) -> Result<Arc<Tally>> {
        self.tally.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.senders.join_next().await {
            ended??;
        }
        Ok(self.tally)
    }
}

/// One of the concurrent senders.
struct Sender {
    number: u64,
    accounts: Vec<Account>,
    stripe: Arc<Stripe>,
    hosts: Vec<String>,
    chance: StdRng,
    tally: Arc<Tally>,
    held: Vec<Letter>,
    done: Vec<Letter>,
    made: u64,
    turn: usize,
}

/// Event with its ID.
#[derive(Clone)]
struct Letter {
    id: String,
    body: String,
}

impl Sender {
    async fn run(mut self) -> Result<()> {
        let mut wires = self.hosts.iter().map(|host| Wire::to(host)).collect::<Result<Vec<_>>>()?;
        while !self.tally.stop.load(Ordering::SeqCst) {
            match self.chance.random_range(0..10) {
                0..4 => self.change().await?,
                4..6 => self.noise(),
                6 => self.again(),
                _ => {}
            }
            if self.held.len() > HELD {
                self.send_one(&mut wires).await?;
            }
        }
        while !self.held.is_empty() {
            self.send_one(&mut wires).await?;
        }
        Ok(())
    }

    /// Changes an account at its bank, and queues Stripe's event about it.
    async fn change(&mut self) -> Result<()> {
        let Some(account) = self.any_account() else { return Ok(()) };
        let Some(mood) = Mood::ALL.choose(&mut self.chance).copied() else { return Ok(()) };
        self.stripe.change(&account.id, mood).await?;
        self.tally.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(account.id.clone());
        self.write(mood.event(), &account);
        Ok(())
    }

    /// Queues an event that changes nothing, or whose type the server doesn't know.
    fn noise(&mut self) {
        let Some(account) = self.any_account() else { return };
        let kinds = [
            "financial_connections.account.refreshed_balance",
            "financial_connections.account.word_of_the_future",
            "customer.updated",
        ];
        let Some(kind) = kinds.choose(&mut self.chance) else { return };
        self.write(kind, &account);
    }

    /// Queues an accepted event again.
    fn again(&mut self) {
        self.held.extend(self.done.choose(&mut self.chance).cloned());
    }

    fn any_account(&mut self) -> Option<Account> {
        self.accounts.choose(&mut self.chance).cloned()
    }

    fn write(&mut self, kind: &str, account: &Account) {
        self.made += 1;
        let id = format!("evt_Drill{}x{:07}", self.number, self.made);
        let Account { id: account, customer } = account;
        let news = News { id: &id, kind, account, customer, created: clock::seconds() };
        let body = news.body();
        self.held.push(Letter { id, body });
    }

    /// Sends a random event from the queue to the servers in turn, until one accepts it.
    async fn send_one(&mut self, wires: &mut [Wire]) -> Result<()> {
        let letter = self.held.swap_remove(self.chance.random_range(0..self.held.len()));
        loop {
            self.turn += 1;
            let turn = self.turn % wires.len().max(1);
            let Some(wire) = wires.get_mut(turn) else { bail!("there is no server") };
            let signature = signature(WEBHOOK_SECRET, clock::seconds(), &letter.body);
            let signature = HeaderValue::from_str(&signature)?;
            match wire.send(&Parcel { body: Bytes::from(letter.body.clone()), signature }).await {
                Ok(200..300) => break,
                // The server accepts it later.
                Ok(429 | 500..600) => self.tally.refusals.fetch_add(1, Ordering::SeqCst),
                Ok(status) => bail!("the server refuses {}: {status}", letter.id),
                Err(_) => self.tally.broken.fetch_add(1, Ordering::SeqCst),
            };
            tokio::time::sleep(AGAIN).await;
        }
        self.tally.take(&letter.id);
        if self.done.len() == REMEMBERED {
            self.done.swap_remove(self.chance.random_range(0..REMEMBERED));
        }
        self.done.push(letter);
        Ok(())
    }
}

//! Webhooks at a fixed rate, each about the next of some accounts, and what was acknowledged of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;

use crate::clock;
use crate::database::Database;
use crate::event::{DEACTIVATED, News, signature};
use crate::probe::{Refused, Request, ask, visitor};
use crate::server::{Server, WEBHOOK_SECRET};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, Mood, Stripe};
use crate::wait::until;

/// Events that were sent and those that were acknowledged. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    /// Moment of the 2xx, by event.
    acknowledged: BTreeMap<String, Instant>,
    /// Last event about each account.
    last: BTreeMap<String, String>,
}

/// Sends events of one kind of change in turn: an account is repaired at its bank, and next time it breaks.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    client: Client,
    url: String,
    /// Begins the identifiers of the events.
    prefix: &'static str,
    accounts: Vec<Account>,
    /// The sandbox, which hears of the change first; without one the accounts are always said to be broken.
    stripe: Option<Arc<Stripe>>,
    clock: ServerClock,
    pub(crate) ledger: Ledger,
}

impl Webhooks {
    /// For the server at `host`, whose clock signatures are made with.
    pub(crate) fn new(
        host: &str,
        prefix: &'static str,
        accounts: Vec<Account>,
        stripe: Option<&Arc<Stripe>>,
        clock: &ServerClock,
    ) -> Result<Self> {
        Ok(Self {
            client: visitor()?,
            url: format!("http://{host}/webhooks/stripe"),
            prefix,
            accounts,
            stripe: stripe.cloned(),
            clock: clock.clone(),
            ledger: Ledger::default(),
        })
    }
}

impl Request for Webhooks {
    async fn send(&self, number: usize) -> Result<Duration> {
        let count = self.accounts.len().max(1);
        let account = self.accounts.get(number % count).context("there are no accounts")?;
        let mood = if (number / count).is_multiple_of(2) { Mood::Healthy } else { Mood::Broken };
        let kind = if self.stripe.is_some() { mood.event() } else { DEACTIVATED };
        let id = format!("evt_{}{number:06}", self.prefix);
        self.ledger.entries().last.insert(account.id.clone(), id.clone());
        if let Some(stripe) = &self.stripe {
            stripe.change(&account.id, mood).await?;
        }
        let Account { id: account, customer } = account;
        // Stripe's clock is never wrong.
        let body = News { id: &id, kind, account, customer, created: clock::seconds() }.body();
        let [now, before] = self.clock.views();
        let took = match self.post(&body, now).await {
            Err(error) if Refused::is(&error, 400) => self.post(&body, before).await?,
            answered => answered?,
        };
        self.ledger.entries().acknowledged.insert(id, clock::tick());
        Ok(took)
    }
}

impl Webhooks {
    /// Sends an event whose signature is of this moment, in seconds since 1970.
    async fn post(&self, body: &str, signed_at: u64) -> Result<Duration> {
        let signature = signature(WEBHOOK_SECRET, signed_at, body);
        let request = self.client.post(&self.url).header("stripe-signature", signature);
        let (_, took) = ask(request.header("content-type", "application/json").body(body.to_owned())).await?;
        Ok(took)
    }
}

impl Ledger {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moment of the 2xx for the last event about each account that had one.
    pub(crate) fn acknowledged_last(&self) -> BTreeMap<String, Instant> {
        let entries = self.entries();
        let moment =
            |(account, event): (&String, &String)| Some((account.clone(), *entries.acknowledged.get(event)?));
        entries.last.iter().filter_map(moment).collect()
    }

    /// Number of events that were acknowledged and are not in the database.
    pub(crate) async fn lost(&self, database: &Database) -> Result<usize> {
        let kept: BTreeSet<String> = database.events().await?.into_iter().collect();
        Ok(self.entries().acknowledged.keys().filter(|event| !kept.contains(*event)).count())
    }

    /// Waits at most so long until each account whose last event was acknowledged has the state that Stripe has; gives the
    /// number of those that still differ.
    pub(crate) async fn differing(
        &self,
        server: &Server,
        stripe: &Stripe,
        longest: Duration,
    ) -> Result<usize> {
        let mut differing = 0;
        let settled = until(longest, async || {
            let (expected, seen) = (stripe.states().await?, server.states().await?);
            let accounts = self.acknowledged_last();
            let differs =
                |account: &&String| seen.get(*account).map(String::as_str) != expected.get(*account).copied();
            differing = accounts.keys().filter(differs).count();
            ensure!(differing == 0, "{differing} accounts have another state at Stripe");
            Ok(())
        });
        let _ = settled.await;
        Ok(differing)
    }
}

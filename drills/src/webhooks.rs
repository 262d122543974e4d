//! Webhooks at a fixed rate, about some accounts in turn, and a record of those that were acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;

use crate::clock;
use crate::database::Database;
use crate::event::{DEACTIVATED, EventContent, signature};
use crate::poll::until;
use crate::probe::{Refused, Request, one_shot_client, send};
use crate::server::{Server, WEBHOOK_SECRET};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, AccountState, Stripe};

/// Events that were sent, and those that were acknowledged. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct AcknowledgedEvents(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    /// Time of the 2xx response, by event.
    acknowledged: BTreeMap<String, Instant>,
    /// Last event about each account.
    last: BTreeMap<String, String>,
}

/// Sends events about all accounts in turn: in one round they are repaired at their bank, in the next they break.
#[derive(Clone, Debug)]
pub(crate) struct Webhooks {
    client: Client,
    url: String,
    /// Prefix of the events' IDs.
    prefix: &'static str,
    accounts: Vec<Account>,
    /// Sandbox in which each change is made first. Without one, all events say that the account is broken.
    stripe: Option<Arc<Stripe>>,
    clock: ServerClock,
    pub(crate) acknowledged: AcknowledgedEvents,
}

impl Webhooks {
    /// Creates webhooks to the server at `host`, signed with the time of its clock.
    pub(crate) fn new(
        host: &str,
        prefix: &'static str,
        accounts: Vec<Account>,
        stripe: Option<&Arc<Stripe>>,
        clock: &ServerClock,
    ) -> Result<Self> {
        Ok(Self {
            client: one_shot_client()?,
            url: format!("http://{host}/webhooks/stripe"),
            prefix,
            accounts,
            stripe: stripe.cloned(),
            clock: clock.clone(),
            acknowledged: AcknowledgedEvents::default(),
        })
    }
}

impl Request for Webhooks {
    async fn send(&self, number: usize) -> Result<Duration> {
        let count = self.accounts.len().max(1);
        let account = self.accounts.get(number % count).context("there are no accounts")?;
        let state =
            if (number / count).is_multiple_of(2) { AccountState::Healthy } else { AccountState::Broken };
        let kind = if self.stripe.is_some() { state.event() } else { DEACTIVATED };
        let id = format!("evt_{}{number:06}", self.prefix);
        self.acknowledged.entries().last.insert(account.id.clone(), id.clone());
        if let Some(stripe) = &self.stripe {
            stripe.change(&account.id, state).await?;
        }
        let Account { id: account, customer } = account;
        // Stripe's clock is always right.
        let body = EventContent { id: &id, kind, account, customer, created: clock::seconds() }.body();
        let [now, before] = self.clock.possible_times();
        let took = match self.post(&body, now).await {
            Err(error) if Refused::is(&error, 400) => self.post(&body, before).await?,
            result => result?,
        };
        self.acknowledged.entries().acknowledged.insert(id, clock::tick());
        Ok(took)
    }
}

impl Webhooks {
    /// Sends an event with a signature of this time, in seconds since 1970.
    async fn post(&self, body: &str, signed_at: u64) -> Result<Duration> {
        let signature = signature(WEBHOOK_SECRET, signed_at, body);
        let request = self.client.post(&self.url).header("stripe-signature", signature);
        let (_, took) =
            send(request.header("content-type", "application/json").body(body.to_owned())).await?;
        Ok(took)
    }
}

impl AcknowledgedEvents {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the time of the 2xx response to the last event of each account, if there was one.
    pub(crate) fn last_acknowledged(&self) -> BTreeMap<String, Instant> {
        let entries = self.entries();
        let last =
            |(account, event): (&String, &String)| Some((account.clone(), *entries.acknowledged.get(event)?));
        entries.last.iter().filter_map(last).collect()
    }

    /// Returns the number of events that were acknowledged and are not in the database.
    pub(crate) async fn lost(&self, database: &Database) -> Result<usize> {
        let stored: BTreeSet<String> = database.events().await?.into_iter().collect();
        Ok(self.entries().acknowledged.keys().filter(|event| !stored.contains(*event)).count())
    }

    /// Waits at most this long until each account whose last event was acknowledged has Stripe's state at the server.
    /// Returns the number of accounts that still differ.
    pub(crate) async fn wait_for_equal_states(
        &self,
        server: &Server,
        stripe: &Stripe,
        longest: Duration,
    ) -> Result<usize> {
        let mut differing = 0;
        let settled = until(longest, async || {
            let (expected, seen) = (stripe.states().await?, server.account_states().await?);
            let accounts = self.last_acknowledged();
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

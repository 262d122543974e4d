//! Webhook inbox with group commit: concurrent requests share a transaction, and each is answered once its event is
//! stored.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use relink_protocol::StripeAccountId;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::domain::event::{Event, EventError};
use crate::domain::stripe_accounts::StripeAccounts;
use crate::domain::version::ApiVersion;
use crate::logging::LogThrottle;
use crate::records::connections::ConnectionRecorder;
use crate::store::events::{EventSource, NewEvent};
use crate::store::{Store, StoreError};

/// Queue of received events, and the task that stores them.
#[derive(Debug)]
pub(crate) struct WebhookInbox {
    queue: mpsc::Sender<Waiting>,
    writer: Arc<Writer>,
    /// True if events of live mode are accepted, false for those of test mode.
    is_live: bool,
    /// Stripe accounts whose events are accepted.
    accounts: StripeAccounts,
    /// True if names of customers are stored, so that they are read again after a change.
    stores_names: bool,
    /// API version that payloads should have.
    version: String,
    other_versions: LogThrottle,
    /// Limits log lines about requests that anyone could have sent.
    pub(crate) strangers: LogThrottle,
    /// Limits log lines about requests that Stripe sent.
    pub(crate) refusals: LogThrottle,
}

/// Reason why an event was not stored. Stripe sends it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum EnqueueError {
    /// The queue is full.
    #[error("too many events are waiting")]
    Full,
    /// The database failed.
    #[error("the database did not take it")]
    Store,
}

#[derive(Debug)]
struct Waiting {
    arrival: NewEvent,
    answer: oneshot::Sender<Result<(), EnqueueError>>,
}

/// Maximum number of events in one transaction. More would lengthen each wait and save little.
const MOST: usize = 256;
/// Maximum number of events in the queue: four batches, so a full queue means that the database can't keep up.
const MAX_QUEUE: usize = 1024;
/// Timeout of a transaction. Stripe does not wait much longer for a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(12);

impl WebhookInbox {
    /// Starts the writer task, which ends when the inbox is dropped.
    pub(crate) fn open(
        store: Store,
        connections: ConnectionRecorder,
        is_live: bool,
        accounts: StripeAccounts,
        stores_names: bool,
        version: ApiVersion,
    ) -> Self {
        let writer = Arc::new(Writer { store, connections, failures: LogThrottle::default() });
        let (queue, waiting) = mpsc::channel(MAX_QUEUE);
        tokio::spawn(run(waiting, writer.clone()));
        let version = version.to_string();
        Self {
            queue,
            writer,
            is_live,
            accounts,
            stores_names,
            version,
            other_versions: LogThrottle::default(),
            strangers: LogThrottle::default(),
            refusals: LogThrottle::default(),
        }
    }

    /// Parses an event. An event in another API version is accepted too, because its content is not trusted.
    pub(crate) fn read(&self, text: &str) -> Result<NewEvent, EventError> {
        let event = Event::parse(text, self.is_live, &self.accounts)?;
        let version = event.api_version.as_deref().unwrap_or("none");
        if version != self.version
            && let Some(times) = self.other_versions.happened(crate::clock::now())
        {
            tracing::warn!(
                version,
                times,
                "events are in Stripe's version {version}, not in {}: give the event destination that version, or change \
                 STRIPE_VERSION",
                self.version
            );
        }
        Ok(NewEvent::new(&event, text, self.stores_names))
    }

    /// Returns when the event is stored. Dropping the future does not cancel the write.
    pub(crate) async fn keep(&self, arrival: NewEvent) -> Result<(), EnqueueError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { arrival, answer }).map_err(|_| EnqueueError::Full)?;
        answered.await.unwrap_or(Err(EnqueueError::Store))
    }

    /// Stores events that were fetched from Stripe for this account because they may not have been delivered, and returns the
    /// number of new ones. Objects that are not events for this server, and rows that the database rejects, are logged and
    /// skipped, so that they don't block the events after them.
    pub(crate) async fn caught_up(
        &self,
        events: &[Value],
        stripe_account: Option<&StripeAccountId>,
    ) -> Result<usize, StoreError> {
        // The events of a list are of the account that it was asked for, whether or not they name it.
        let account = stripe_account.or(self.accounts.header());
        let arrivals = events.iter().filter_map(|event| self.listed(event, account));
        let mut arrivals: Vec<NewEvent> = arrivals.collect();
        arrivals.sort_by(|a, b| a.id.cmp(&b.id));
        match self.writer.keep(&arrivals, EventSource::CatchUp).await {
            Err(error) if error.is_of_a_row() => self.one_by_one(&arrivals).await,
            kept => kept,
        }
    }

    fn listed(&self, event: &Value, account: Option<&StripeAccountId>) -> Option<NewEvent> {
        let mut event = event.clone();
        let account = account.filter(|_| event.get("account").is_none_or(Value::is_null));
        if let (Some(account), Some(event)) = (account, event.as_object_mut()) {
            event.insert("account".to_owned(), account.as_str().into());
        }
        let arrival = self.read(&event.to_string());
        if let Err(error) = &arrival {
            tracing::warn!(?error, "ignored an invalid event in Stripe's list");
        }
        arrival.ok()
    }

    async fn one_by_one(&self, arrivals: &[NewEvent]) -> Result<usize, StoreError> {
        let mut new = 0;
        for arrival in arrivals {
            match self.writer.keep(std::slice::from_ref(arrival), EventSource::CatchUp).await {
                Ok(kept) => new += kept,
                Err(error) if error.is_of_a_row() => {
                    tracing::error!(%error, event = arrival.id, "event {} can't be stored: {error}", arrival.id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    /// Number of events in the queue.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

/// Writes one batch at a time; events that arrive meanwhile form the next batch.
async fn run(mut waiting: mpsc::Receiver<Waiting>, writer: Arc<Writer>) {
    loop {
        let mut batch = Vec::with_capacity(MOST);
        if waiting.recv_many(&mut batch, MOST).await == 0 {
            return;
        }
        let writer = writer.clone();
        // A separate task, so that a panic ends the batch and not the inbox.
        if tokio::spawn(async move { writer.write(batch).await }).await.is_err() {
            tracing::error!("the webhook writer panicked");
        }
    }
}

#[derive(Debug)]
struct Writer {
    store: Store,
    connections: ConnectionRecorder,
    failures: LogThrottle,
}

impl Writer {
    async fn write(&self, mut batch: Vec<Waiting>) {
        batch.sort_by(|a, b| a.arrival.id.cmp(&b.arrival.id));
        let (arrivals, answers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.arrival, waiting.answer)).unzip();
        match self.keep(&arrivals, EventSource::Webhook).await {
            // One row was rejected; store the others one by one.
            Err(error) if arrivals.len() > 1 && error.is_of_a_row() => {
                for (arrival, answer) in arrivals.iter().zip(answers) {
                    let kept = self.keep(std::slice::from_ref(arrival), EventSource::Webhook).await;
                    let _ = answer.send(kept.map(drop).map_err(|error| self.failed(&error)));
                }
            }
            kept => {
                let kept = kept.map(drop).map_err(|error| self.failed(&error));
                for answer in answers {
                    // The receiver is gone if the client has disconnected.
                    let _ = answer.send(kept);
                }
            }
        }
    }

    /// Stores the events in one transaction, and returns the number of new ones. The timeout is for a database that is
    /// unreachable and never returns an error.
    async fn keep(&self, arrivals: &[NewEvent], source: EventSource) -> Result<usize, StoreError> {
        match tokio::time::timeout(WRITE_TIMEOUT, self.change(arrivals, source)).await {
            Ok(kept) => kept,
            Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()),
        }
    }

    async fn change(&self, arrivals: &[NewEvent], source: EventSource) -> Result<usize, StoreError> {
        let kept = self.store.keep(arrivals, source, crate::clock::now()).await?;
        if kept.makes_work {
            self.connections.work().notify_one();
        }
        Ok(kept.new)
    }

    fn failed(&self, error: &StoreError) -> EnqueueError {
        if let Some(times) = self.failures.happened(crate::clock::now()) {
            tracing::error!(%error, times, "failed to store events; Stripe will resend them: {error}");
        }
        EnqueueError::Store
    }
}

#[cfg(test)]
mod tests;

//! Load: prepared events, sent over keep-alive connections as fast as the server accepts them. The sender shares
//! the machine with the server that it measures, so it does nothing else meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use tokio::task::JoinSet;

use crate::clock;
use crate::connection::{Connection, PreparedRequest};
use crate::event::{EventContent, signature};
use crate::figures::Times;

/// Result of a load.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) sent: usize,
    pub(crate) times: Times,
    pub(crate) took: Duration,
}

/// Prepares signed events of a type, each with its own ID, which contains `prefix`.
pub(crate) fn prepare_events(
    secret: &str,
    kind: &str,
    prefix: &str,
    count: usize,
) -> Result<Vec<PreparedRequest>> {
    let now = clock::seconds();
    let prepare = |number: usize| {
        let (id, account) = (format!("evt_{prefix}{number:09}"), format!("fca_Load{:06}", number % 50_000));
        let customer = format!("cus_Load{:06}", number % 25_000);
        let event = EventContent { id: &id, kind, account: &account, customer: &customer, created: now };
        let body = event.body();
        let signature = HeaderValue::from_str(&signature(secret, now, &body))?;
        Ok(PreparedRequest { body: Bytes::from(body), signature })
    };
    (0..count).map(prepare).collect()
}

/// Sends all events over this number of connections, or as many as fit into `time`. Any response but 2xx is an error.
pub(crate) async fn send(
    host: &str,
    connections: usize,
    events: Vec<PreparedRequest>,
    time: Duration,
) -> Result<Load> {
    let (events, next) = (Arc::new(events), Arc::new(AtomicUsize::new(0)));
    let began = clock::tick();
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        senders.spawn(sender(Connection::new(host)?, Arc::clone(&events), Arc::clone(&next), began, time));
    }
    let mut times = Vec::new();
    while let Some(ended) = senders.join_next().await {
        times.extend(ended??);
    }
    let took = began.elapsed();
    Ok(Load { sent: times.len(), times: Times::new(times), took })
}

async fn sender(
    mut connection: Connection,
    events: Arc<Vec<PreparedRequest>>,
    next: Arc<AtomicUsize>,
    began: Instant,
    time: Duration,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while began.elapsed() < time {
        let Some(event) = events.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
        let sent = clock::tick();
        let status = connection.send(event).await?;
        times.push(sent.elapsed());
        ensure!((200..300).contains(&status), "an event was answered with {status}");
    }
    Ok(times)
}

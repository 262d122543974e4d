//! Assertions on all promises, by the database, the server's own counts, Stripe, and the merchant events received.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use relink_test_kit::MerchantEndpoint;
use serde_json::Value;

use crate::database::Database;
use crate::poll::until;
use crate::server::Server;
use crate::stream::StreamCounts;
use crate::stripe::Stripe;

/// Timeout of the pending work. It never takes that long, even on a busy machine.
const PENDING_WORK_TIMEOUT: Duration = Duration::from_mins(5);

/// Figures of what arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deliveries {
    /// Number of events that were acknowledged and are not in the database.
    pub(crate) lost: usize,
    /// Number of merchant events received.
    pub(crate) messages: usize,
}

/// Waits until no work is pending, then fails if a promise was broken. Lost events are counted instead.
pub(crate) async fn assert_promises(
    server: &Server,
    stripe: &Stripe,
    merchant: &MerchantEndpoint,
    database: &Database,
    counts: &StreamCounts,
) -> Result<Deliveries> {
    until(PENDING_WORK_TIMEOUT, async || {
        let left = server.pending_work().await?;
        ensure!(left == 0, "{left} jobs are pending");
        Ok(())
    })
    .await?;
    let stored: BTreeSet<String> = database.events().await?.into_iter().collect();
    let accepted = counts.accepted();
    let lost: Vec<&String> = accepted.difference(&stored).collect();
    if !lost.is_empty() {
        eprintln!("{} events were answered with 2xx and are lost: {:?}", lost.len(), first(&lost));
    }
    let changed = counts.changed();
    assert_states(server, stripe, merchant, &changed).await?;
    let events = merchant.events();
    let received: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    let delivered = database.delivered().await?;
    let missing: Vec<&String> = delivered.iter().filter(|id| !received.contains(id.as_str())).collect();
    ensure!(
        missing.is_empty(),
        "{} messages count as delivered and never came: {:?}",
        missing.len(),
        first(&missing)
    );
    let invalid = merchant.invalid_signatures();
    ensure!(invalid == 0, "{invalid} messages without a valid signature");
    Ok(Deliveries { lost: lost.len(), messages: events.len() })
}

/// Checks that each changed account has Stripe's state, and that the merchant has received an event about it.
async fn assert_states(
    server: &Server,
    stripe: &Stripe,
    merchant: &MerchantEndpoint,
    changed: &BTreeSet<String>,
) -> Result<()> {
    let (expected, seen) = (stripe.states().await?, server.account_states().await?);
    let events = merchant.events();
    for account in changed {
        let (expected, seen) = (expected.get(account).copied(), seen.get(account).map(String::as_str));
        ensure!(expected == seen, "{account} is {expected:?} at Stripe and {seen:?} here");
        let was_notified = |kind: &str| {
            let is_it = |body: &Value| body.pointer("/data/id").is_some_and(|id| id == account.as_str());
            events.iter().any(|event| event.kind == kind && is_it(&event.body))
        };
        // The server may have missed states in between, but the merchant must have been notified of the current one.
        let expected_event = match seen {
            Some("broken" | "unrepairable") => Some("connection.broken"),
            Some("expiring") => Some("connection.expiring"),
            Some("healthy") if was_notified("connection.broken") => Some("connection.repaired"),
            _ => None,
        };
        if let Some(kind) = expected_event {
            ensure!(was_notified(kind), "{account} is {seen:?}, and the merchant received no {kind}");
        }
    }
    Ok(())
}

fn first<'a>(ids: &[&'a String]) -> Vec<&'a String> {
    ids.iter().take(5).copied().collect()
}

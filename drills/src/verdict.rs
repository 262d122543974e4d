//! Assertions on all promises, by the database, the server's own counts, Stripe, and the merchant events received.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::database::Database;
use crate::receiver::Receiver;
use crate::server::Server;
use crate::stream::Tally;
use crate::stripe::Stripe;
use crate::wait::until;

/// Timeout of the pending work. It never takes that long, even on a busy machine.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// Waits until no work is pending, then fails if a promise was broken. Returns the number of merchant events
/// received.
pub(crate) async fn judge(
    server: &Server,
    stripe: &Stripe,
    receiver: &Receiver,
    database: &Database,
    tally: &Tally,
) -> Result<usize> {
    until(LONGEST_REST, async || {
        let left = server.to_do().await?;
        ensure!(left == 0, "{left} things are left to do");
        Ok(())
    })
    .await?;
    let kept: BTreeSet<String> = database.events().await?.into_iter().collect();
    let taken = tally.taken();
    let lost: Vec<&String> = taken.difference(&kept).collect();
    ensure!(lost.is_empty(), "{} events were answered with 2xx and are lost: {:?}", lost.len(), first(&lost));
    let changed = tally.changed();
    states(server, stripe, receiver, &changed).await?;
    let heard = receiver.heard();
    let delivered = database.delivered().await?;
    let unheard: Vec<&String> = delivered.iter().filter(|id| !heard.contains_key(*id)).collect();
    ensure!(
        unheard.is_empty(),
        "{} messages count as delivered and never came: {:?}",
        unheard.len(),
        first(&unheard)
    );
    ensure!(receiver.forged() == 0, "{} messages were not signed as they must be", receiver.forged());
    Ok(heard.len())
}

/// Checks that each changed account has Stripe's state, and that the merchant has received an event about it.
async fn states(
    server: &Server,
    stripe: &Stripe,
    receiver: &Receiver,
    changed: &BTreeSet<String>,
) -> Result<()> {
    let (expected, seen) = (stripe.states().await?, server.states().await?);
    let heard = receiver.heard();
    for account in changed {
        let (expected, seen) = (expected.get(account).copied(), seen.get(account).map(String::as_str));
        ensure!(expected == seen, "{account} is {expected:?} at Stripe and {seen:?} here");
        let was_told = |kind: &str| {
            let is_it = |body: &Value| body.pointer("/data/id").is_some_and(|id| id == account.as_str());
            heard.values().any(|told| told.kind == kind && is_it(&told.body))
        };
        // The server may have missed states in between, but the merchant must have been notified of the current one.
        let owed = match seen {
            Some("broken" | "unrepairable") => Some("connection.broken"),
            Some("expiring") => Some("connection.expiring"),
            Some("healthy") if was_told("connection.broken") => Some("connection.repaired"),
            _ => None,
        };
        if let Some(kind) = owed {
            ensure!(was_told(kind), "{account} is {seen:?}, and nobody told the merchant {kind}");
        }
    }
    Ok(())
}

fn first<'a>(ids: &[&'a String]) -> Vec<&'a String> {
    ids.iter().take(5).copied().collect()
}

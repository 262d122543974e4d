//! What happens without anybody waiting: the worker that does what is to do, and the heartbeat.

mod account;
pub(crate) mod backfill;
mod batch;
mod catch_up;
mod clock;
mod follow_up;
mod mail;
pub(crate) mod progress;
mod prune;
mod remind;
mod session;
mod sweep;
mod tally;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use self::clock::ClockWatch;
use crate::app::App;
use crate::store::work::{Kind, Mark, Urgency};
use crate::store::{Store, StoreError};
use crate::{outgoing, watch};

/// Enters what comes round, to begin now.
async fn begin(store: &Store) -> Result<(), StoreError> {
    let now = crate::clock::now();
    let round = [Kind::CatchUp, Kind::Sweep, Kind::Prune, Kind::Tally, Kind::Backfill];
    store.mark(&round.map(|kind| periodic(kind, now)), now).await
}

/// All accounts are many, and what has changed goes before them.
pub(crate) fn periodic(kind: Kind, due: Timestamp) -> Mark {
    let urgency = if kind == Kind::Backfill { Urgency::Routine } else { Urgency::News };
    Mark { kind, subject: String::new(), urgency, created: None, due }
}

/// Enters periodic work as soon as the database takes it: without it, nothing would be looked at until the next start.
async fn begin_at_last(app: &App) {
    while let Err(error) = begin(&app.store).await {
        tracing::error!(%error, "periodic work can't be entered yet: {error}");
        if app.stop.run_until_cancelled(tokio::time::sleep(BETWEEN_BEGINNINGS)).await.is_none() {
            return;
        }
    }
    app.connections.work().notify_one();
}

const BETWEEN_BEGINNINGS: Duration = Duration::from_secs(5);

/// Works until the server stops, and then until what was begun is done.
pub(crate) async fn run(app: Arc<App>) {
    let chaining = tokio::spawn(chain(app.clone()));
    let beating = tokio::spawn(beat(app.clone()));
    let telling = tokio::spawn(outgoing::run(app.clone()));
    worker::run(app).await;
    if chaining.await.is_err() {
        tracing::error!("chaining the audit trail ended early");
    }
    if telling.await.is_err() {
        tracing::error!("telling the merchant ended early");
    }
    if beating.await.is_err() {
        tracing::error!("the heartbeat ended early");
    }
}

/// Chains the entries of the audit trail that older versions wrote.
async fn chain(app: Arc<App>) {
    match app.stop.run_until_cancelled(app.store.chain_entries()).await {
        None | Some(Ok(0)) => (),
        Some(Ok(rows)) => {
            tracing::warn!(
                rows,
                "{rows} entries of the audit trail had no place in its chain and have one now"
            );
        }
        Some(Err(error)) => tracing::error!(%error, "entries of the audit trail are not chained: {error}"),
    }
}

/// Looks at the clock, and says that some server is there, so that the next start knows whether events were missed.
async fn beat(app: Arc<App>) {
    begin_at_last(&app).await;
    let mut clock = ClockWatch::default();
    while app.stop.run_until_cancelled(tokio::time::sleep(watch::HEARTBEAT)).await.is_some() {
        if let Err(error) = clock.look(&app).await {
            tracing::warn!(%error, "the clock can't be compared with the database's: {error}");
        }
        if let Err(error) = watch::beat(&app.store, crate::clock::now()).await {
            tracing::warn!(%error, "the heartbeat is not kept: {error}");
        }
    }
}

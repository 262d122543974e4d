//! Background jobs: the worker that performs queued jobs, and the heartbeat.

mod apply_retention;
pub(crate) mod backfill;
mod count_connections;
mod fetch_missed_events;
mod follow_up;
mod read_customer_name;
mod recheck_stale;
mod refresh_account;
mod refresh_institution;
mod refresh_payment_method;
mod run_batch;
mod schedule;
mod send_email;
mod send_reminder;
mod set_default_payment;
mod settle_attempt;
#[cfg(test)]
mod tests;
mod watch_clock;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use strum::VariantArray;

use self::schedule::periodic;
use self::watch_clock::ClockWatch;
pub use self::worker::work_until_idle;
use crate::records::uptime;
use crate::state::AppState;
use crate::store::job_queue::{JobKind, NewJob};
use crate::store::{Store, StoreError};

/// Enqueues the periodic jobs, due now.
async fn begin(store: &Store) -> Result<(), StoreError> {
    let now = crate::clock::now();
    let round: Vec<NewJob> = JobKind::VARIANTS.iter().filter_map(|kind| periodic(*kind, now)).collect();
    store.mark(&round, now).await
}

/// Enqueues the periodic jobs, with retries until the database accepts them: otherwise none would run until the next
/// start.
async fn enqueue_periodic_with_retries(app: &AppState) {
    while let Err(error) = begin(&app.store).await {
        tracing::error!(%error, "failed to enqueue periodic jobs: {error}");
        if app.stop.run_until_cancelled(tokio::time::sleep(ENQUEUE_RETRY_INTERVAL)).await.is_none() {
            return;
        }
    }
    app.connections.work().notify_one();
}

const ENQUEUE_RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Runs until the server stops, and then until the jobs under way are done.
pub(crate) async fn run(app: Arc<AppState>) {
    let chaining = tokio::spawn(chain(app.clone()));
    let beating = tokio::spawn(beat(app.clone()));
    let telling = tokio::spawn(deliver_merchant_events(app.clone()));
    let reading_keys = tokio::spawn(keep_token_keys(app.clone()));
    let reading_issuer = tokio::spawn(keep_issuer(app.clone()));
    worker::run(app).await;
    if chaining.await.is_err() {
        tracing::error!("chaining the audit trail ended early");
    }
    if telling.await.is_err() {
        tracing::error!("the delivery of merchant events ended early");
    }
    if beating.await.is_err() {
        tracing::error!("the heartbeat ended early");
    }
    if reading_keys.await.is_err() {
        tracing::error!("reading the keys for tokens ended early");
    }
    if reading_issuer.await.is_err() {
        tracing::error!("reading the operators' issuer ended early");
    }
}

async fn deliver_merchant_events(app: Arc<AppState>) {
    if let Some(webhooks) = &app.merchant_webhooks {
        webhooks.run(&app.stop).await;
    }
}

async fn keep_token_keys(app: Arc<AppState>) {
    app.verifier.keys().keep_current(&app.stop).await;
}

async fn keep_issuer(app: Arc<AppState>) {
    if let Some(oidc) = &app.oidc {
        oidc.keep_current(&app.stop).await;
    }
}

/// Adds to the audit chain the entries that older versions wrote.
async fn chain(app: Arc<AppState>) {
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

/// Checks the clock and stores the heartbeat, from which the next start sees if events may have been missed.
async fn beat(app: Arc<AppState>) {
    enqueue_periodic_with_retries(&app).await;
    let mut clock = ClockWatch::default();
    while app.stop.run_until_cancelled(tokio::time::sleep(uptime::HEARTBEAT)).await.is_some() {
        if let Err(error) = clock.look(&app).await {
            tracing::warn!(%error, "the clock can't be compared with the database's: {error}");
        }
        if let Err(error) = uptime::beat(&app.store, crate::clock::now()).await {
            tracing::warn!(%error, "failed to store the heartbeat: {error}");
        }
    }
}

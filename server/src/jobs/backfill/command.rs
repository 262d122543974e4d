//! `relink-server backfill`: reads all accounts now, beside a running server or without one.

use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::SignedDuration;

use super::{Backfiller, SLICE};
use crate::config::settings::Config;
use crate::domain::backfill::Backfill;
use crate::domain::backoff;
use crate::jobs::periodic;
use crate::jobs::worker::{JobError, LEASE, LONGEST};
use crate::metrics::Metrics;
use crate::records::connections::ConnectionRecorder;
use crate::records::uptime;
use crate::store::Store;
use crate::store::job_queue::{JobKind, Lease};
use crate::stripe::{RateLimiter, Stripe};

/// Number of failures in a row after which the command ends, so that the operator looks at the reason.
const MOST_FAILURES: u32 = 5;
/// Polling interval while a server runs the backfill.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// Reads all accounts, or resumes a pass, and returns when it is done. A server on the same database may do part of it
/// or all.
pub(crate) async fn read_all(config: Config) -> anyhow::Result<Backfill> {
    let store = Store::open(&config.database).await.context("can't open the database at DATABASE_URL")?;
    let watch = uptime::begin(&store, &uptime::Owner::of(&config), crate::clock::now()).await?;
    let budget = RateLimiter::new(store.shared_slots(), config.stripe_rate, config.limits.background_share);
    let stripe = Stripe::new(
        config.addresses.api.clone(),
        &config.keys.secret,
        config.stripe_version,
        config.stripe_accounts.clone(),
        budget,
        Metrics::new(),
    )?;
    let reminds = config.requests.reminders.is_on();
    let (watch, tells, rules) =
        (Arc::new(watch), config.merchant_webhook.is_some(), config.condition_rules());
    let connections = ConnectionRecorder::new(store.clone(), watch, tells, reminds, rules);
    let connections = connections.with_policy(&config.policy);
    enter(&store, stripe.is_platform()).await?;
    finish(&Backfiller::new(store.clone(), &stripe, connections), &store).await
}

/// Begins another pass if the last one is over; otherwise the current pass continues.
async fn enter(store: &Store, is_platform: bool) -> anyhow::Result<()> {
    let now = crate::clock::now();
    match store.backfill().await? {
        None => store.save_backfill(&Backfill::begin(now, is_platform)).await?,
        Some(done) if done.is_over() => store.save_backfill(&done.next(now, is_platform)).await?,
        Some(_) => (),
    }
    store.mark(periodic(JobKind::Backfill, now).as_slice(), now).await?;
    Ok(())
}

/// Runs slices whenever no server does, until the pass is over.
async fn finish(backfiller: &Backfiller, store: &Store) -> anyhow::Result<Backfill> {
    let holder = crate::clock::new_id().to_string();
    let mut failures = 0;
    loop {
        if let Some(done) = store.backfill().await?.filter(Backfill::is_over) {
            return Ok(done);
        }
        let now = crate::clock::now();
        let lease = Lease { holder: holder.clone(), until: now + LEASE };
        let Some(job) = store.claim_singleton(JobKind::Backfill, &lease, now).await? else {
            tokio::time::sleep(LOOK).await;
            continue;
        };
        let run = tokio::time::timeout(LONGEST, backfiller.run(SLICE)).await;
        let failed = run.unwrap_or(Err(JobError::TooSlow)).err();
        let text = failed.as_ref().map(ToString::to_string);
        store.again(&job, crate::clock::now(), text.as_deref()).await?;
        failures = if failed.is_some() { failures + 1 } else { 0 };
        let Some(error) = failed else { continue };
        if failures == MOST_FAILURES {
            bail!("{error}; what was read is kept, and the next try goes on from there");
        }
        tracing::warn!(%error, failures, "trying again soon: {error}");
        let wait: SignedDuration = backoff::wait(failures - 1, crate::clock::jitter());
        tokio::time::sleep(wait.unsigned_abs()).await;
    }
}

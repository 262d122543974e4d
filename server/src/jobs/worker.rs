//! Claims due jobs, performs them, and retries those that fail.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::task::JoinSet;

use super::{
    apply_retention, backfill, count_connections, fetch_missed_events, follow_up, read_customer_name,
    recheck_stale, refresh_account, refresh_institution, refresh_payment_method, run_batch, send_email,
    send_reminder, set_default_payment, settle_attempt,
};
use crate::domain::backoff;
use crate::http::error::ApiError;
use crate::metrics::JobOutcome;
use crate::records::connections::StoreReadingError;
use crate::services::attempts::AttemptError;
use crate::services::merchant_names::NameError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::job_queue::{Job, JobKind, Lease};
use crate::stripe::StripeError;
use crate::traces::{self, InTrace, SpanKind};

/// Concurrent jobs: enough to use the whole Stripe rate if Stripe takes half a second for each call.
const MAX_CONCURRENT: usize = 12;
/// Lease of a job, longer than `LONGEST`; another server may take over afterwards.
pub(super) const LEASE: SignedDuration = SignedDuration::from_secs(40);
pub(super) const LONGEST: Duration = Duration::from_secs(30);
/// Polling interval while this process reports no new job: another server may have enqueued one.
const LOOK: Duration = Duration::from_secs(1);

/// Result of a job that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobResult {
    /// Done until it is enqueued again.
    Finished,
    /// Due again at this time.
    Again(Timestamp),
}

/// Reason to retry a job.
#[derive(Debug, Error)]
pub(super) enum JobError {
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error(transparent)]
    Keep(#[from] StoreReadingError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Attempt(AttemptError),
    /// An email can't be sent now; the text is ours.
    #[error("{0}")]
    Mail(String),
    /// A relink request can't be made now.
    #[error("{}", .0.title())]
    Ask(ApiError),
    #[error("the job took longer than {} seconds", LONGEST.as_secs())]
    TooSlow,
}

impl JobError {
    /// True if a rate limit is used up, Stripe's or this server's own. That delays a job and is no failure of it.
    fn is_of_rate_limit(&self) -> bool {
        matches!(
            self,
            Self::Stripe(StripeError::RateLimited(_) | StripeError::OverBudget)
                | Self::Ask(ApiError::RateLimited | ApiError::OverBudget)
        )
    }

    fn outcome(&self, job: &Job) -> JobOutcome {
        if self.is_of_rate_limit() {
            JobOutcome::Delayed
        } else if backoff::is_over(job.tries) && job.kind.can_be_given_up() {
            JobOutcome::GivenUp
        } else {
            JobOutcome::Failed
        }
    }
}

impl From<NameError> for JobError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Stripe(error) => error.into(),
            NameError::Store(error) => error.into(),
        }
    }
}

impl From<AttemptError> for JobError {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Stripe(error) => error.into(),
            AttemptError::Store(error) => error.into(),
            AttemptError::Version(_) | AttemptError::SomethingElse => Self::Attempt(error),
        }
    }
}

/// Runs until the server stops, then finishes the jobs under way.
pub(super) async fn run(app: Arc<AppState>) {
    let holder = crate::clock::new_id().to_string();
    let mut at_work = JoinSet::new();
    while !app.stop.is_cancelled() {
        while at_work.try_join_next().is_some() {}
        let places = MAX_CONCURRENT.saturating_sub(at_work.len());
        let claimed = if places == 0 { Vec::new() } else { claim(&app, &holder, places).await };
        let is_idle = claimed.is_empty();
        for job in claimed {
            at_work.spawn(perform(app.clone(), job));
        }
        if is_idle {
            tokio::select! {
                () = app.stop.cancelled() => (),
                () = app.connections.work().notified() => (),
                Some(_) = at_work.join_next() => (),
                () = tokio::time::sleep(LOOK.mul_f64(crate::clock::jitter())) => (),
            }
        }
    }
    while at_work.join_next().await.is_some() {}
}

/// Performs all due jobs, one after another, and returns. For tests and drills: a running server has its own
/// worker.
pub async fn work_until_idle(app: &Arc<AppState>) {
    let holder = crate::clock::new_id().to_string();
    loop {
        let claimed = claim(app, &holder, MAX_CONCURRENT).await;
        if claimed.is_empty() {
            return;
        }
        for job in claimed {
            perform(app.clone(), job).await;
        }
    }
}

async fn claim(app: &AppState, holder: &str, places: usize) -> Vec<Job> {
    let now = crate::clock::now();
    let lease = Lease { holder: holder.to_owned(), until: now + LEASE };
    match app.store.claim(&lease, places, now).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::warn!(%error, "failed to claim jobs: {error}");
            Vec::new()
        }
    }
}

/// Performs a job and stores its result. If that fails, the lease expires and the job runs again.
async fn perform(app: Arc<AppState>, job: Job) {
    let parent = job.trace.as_deref().and_then(traces::parse);
    let span = app.traces.begin(SpanKind::Consumer, format!("job {}", job.kind.as_str()), parent);
    span.set("relink.job.tries", i64::from(job.tries));
    let acting = act(&app, &job).with_context(span.context());
    let done = tokio::time::timeout(LONGEST, acting).await.unwrap_or(Err(JobError::TooSlow));
    if done.is_err() {
        span.fail();
    }
    span.end();
    let noted = match &done {
        Ok(JobResult::Finished) => app.store.done(&job).await,
        Ok(JobResult::Again(due)) => app.store.again(&job, *due, None).await,
        Err(error) => fail(&app, &job, error).await,
    };
    app.metrics.job(job.kind, done.as_ref().map_or_else(|error| error.outcome(&job), |_| JobOutcome::Done));
    if let (Ok(JobResult::Finished), Some(created)) = (&done, job.newest) {
        app.metrics.event_applied(created, crate::clock::now());
    }
    if let Err(error) = noted {
        tracing::warn!(%error, kind = job.kind.as_str(), subject = job.subject, "failed to record the job's result: {error}");
    }
}

async fn act(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    match job.kind {
        JobKind::Account => refresh_account::read(app, job).await,
        JobKind::Customer => refresh_account::list(app, job).await,
        JobKind::CustomerName => read_customer_name::read(app, job).await,
        JobKind::Authorization => refresh_account::of_login(app, job).await,
        JobKind::LastDigits => refresh_account::of_digits(app, job).await,
        JobKind::Institution => refresh_institution::read(app, job).await,
        JobKind::PaymentMethod => refresh_payment_method::read(app, job).await,
        JobKind::CatchUp => fetch_missed_events::catch_up(app, job).await,
        JobKind::Sweep => recheck_stale::sweep(app).await,
        JobKind::Prune => apply_retention::prune(app).await,
        JobKind::Session => settle_attempt::settle(app, job).await,
        JobKind::FollowUp => follow_up::perform(app, job).await,
        JobKind::DefaultPayment => set_default_payment::perform(app, job).await,
        JobKind::Mail => send_email::send(app, job).await,
        JobKind::Remind => send_reminder::remind(app, job).await,
        JobKind::Batch => run_batch::ask(app, job).await,
        JobKind::Tally => count_connections::tally(app).await,
        JobKind::Backfill => backfill::backfill(app).await,
    }
}

async fn fail(app: &AppState, job: &Job, error: &JobError) -> Result<(), StoreError> {
    let (kind, subject) = (job.kind.as_str(), job.subject.as_str());
    let now = crate::clock::now();
    let text = error.to_string();
    if error.outcome(job) == JobOutcome::Delayed {
        tracing::info!(kind, subject, %error, "job delayed by the rate limit: {error}");
        return app.store.again(job, now + backoff::wait(0, crate::clock::jitter()), None).await;
    }
    if error.outcome(job) == JobOutcome::GivenUp {
        tracing::error!(kind, subject, error = text, "job given up after {} tries: {text}", job.tries + 1);
        return app.store.park(job, &text, now).await;
    }
    tracing::warn!(
        kind,
        subject,
        error = text,
        tries = job.tries + 1,
        "job failed and will be retried: {text}"
    );
    app.store.again(job, now + backoff::wait(job.tries, crate::clock::jitter()), Some(&text)).await
}

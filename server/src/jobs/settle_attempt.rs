//! Settles the attempt of a session that has ended, even if the customer has closed the page.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{Reported, SessionId};

use super::worker::{JobError, JobResult};
use crate::domain::audit::Actor;
use crate::domain::outcome::counts;
use crate::services::attempts::{AttemptError, ask, conclude};
use crate::services::relink_requests;
use crate::state::AppState;
use crate::store::job_queue::Job;
use crate::stripe::StripeError;

/// Settles the attempt by Stripe's session. Ignores sessions that were not made by this server.
pub(super) async fn settle(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(session) = job.subject.parse::<SessionId>() else { return Ok(JobResult::Finished) };
    let Some(attempt) = app.store.attempt(&session).await? else {
        // The session may belong to a relink request that Stripe hosts.
        if let Some(request) = app.store.request_by_session(&session).await? {
            relink_requests::hosted_ended(app, &request).await?;
        }
        return Ok(JobResult::Finished);
    };
    if attempt.settled.as_ref().is_some_and(|settled| settled.by_stripe) {
        return Ok(JobResult::Finished);
    }
    let stripe = app.stripe.in_background();
    let verdict = match ask(&stripe, &attempt, Reported::Unknown).await {
        Ok(verdict) => verdict,
        Err(AttemptError::Stripe(StripeError::NotFound(_))) => {
            tracing::info!(%session, "Stripe does not know this session, or not with this key");
            return Ok(JobResult::Finished);
        }
        Err(error) => return Err(error.into()),
    };
    if verdict.is_pending() {
        let now = crate::clock::now();
        let stripes_now = now.as_second() - app.stripe.skew().seconds(now);
        return Ok(look_again(job, now, stripes_now));
    }
    if let Some(settled) = conclude(app, &stripe, &attempt, verdict, Actor::Server.into()).await? {
        let [restored, added, still_broken] = counts(&settled.outcome);
        tracing::info!(
            %session, account = %attempt.account, customer = %attempt.customer, outcome = settled.outcome.name(), restored, added,
            still_broken, "a session has ended"
        );
    }
    Ok(JobResult::Finished)
}

/// Returns a retry while the event is recent: it says that the session has ended, but Stripe's API may lag behind by
/// seconds.
fn look_again(job: &Job, now: Timestamp, stripes_now: i64) -> JobResult {
    match job.newest {
        Some(said_at) if stripes_now - said_at < PATIENCE => JobResult::Again(now + LATER),
        Some(_) | None => JobResult::Finished,
    }
}

/// Longest age of the event, in seconds, at which the session is read again.
const PATIENCE: i64 = 60;
const LATER: SignedDuration = SignedDuration::from_secs(5);

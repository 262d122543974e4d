//! Performs the follow-ups that accounts need after a relink, with retries.

use std::sync::Arc;

use super::worker::{JobError, JobResult};
use crate::domain::backoff;
use crate::domain::follow_up::{FollowUp, FollowUpAction, FollowUpState};
use crate::state::AppState;
use crate::store::job_queue::Job;
use crate::stripe::StripeError;

/// Sends one request to Stripe and stores its progress.
pub(super) async fn perform(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Some((account, follow_up)) = FollowUp::parse(&job.subject) else { return Ok(JobResult::Finished) };
    let all = app.store.follow_ups(&account).await?;
    let progress = all.into_iter().find(|progress| progress.follow_up == follow_up);
    // Superseded by a newer relink, or already done by a server that was killed.
    if progress.is_none_or(|progress| progress.stage == FollowUpState::Done) {
        return Ok(JobResult::Finished);
    }
    let stripe = app.stripe.in_background();
    let answer = match follow_up.action {
        FollowUpAction::Refresh => stripe.refresh(&account, &follow_up.feature).await,
        FollowUpAction::Subscribe => stripe.subscribe(&account, &follow_up.feature).await,
    };
    let answer = match answer {
        // A rate limit delays it without counting as a failed try.
        Err(error @ (StripeError::RateLimited(_) | StripeError::OverBudget)) => return Err(error.into()),
        answer => answer.map(|_| ()),
    };
    let stage = stage(&answer, backoff::is_over(job.tries));
    app.store.record_follow_up(&account, &follow_up, stage, crate::clock::now()).await?;
    let Err(error) = answer else { return Ok(JobResult::Finished) };
    if error.may_pass() {
        return Err(error.into());
    }
    let FollowUp { action, feature } = &follow_up;
    tracing::error!(%error, %account, ?action, feature = feature.as_str(), "follow-up failed: {error}");
    Ok(JobResult::Finished)
}

/// A refusal is final; other errors of Stripe's are retried.
fn stage(answer: &Result<(), StripeError>, is_last: bool) -> FollowUpState {
    match answer {
        Ok(()) => FollowUpState::Done,
        Err(error) if error.may_pass() && !is_last => FollowUpState::Retrying,
        Err(_) => FollowUpState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn server_errors_are_retried_and_refusals_are_final() {
        let refused =
            |status: u16| Err(StripeError::refused(StatusCode::from_u16(status).unwrap(), b"", None));
        for (answer, expected) in [
            (Ok(()), FollowUpState::Done),
            (refused(500), FollowUpState::Retrying),
            (refused(409), FollowUpState::Retrying),
            (Err(StripeError::Unreachable("down".to_owned())), FollowUpState::Retrying),
            (refused(400), FollowUpState::Failed),
            (refused(403), FollowUpState::Failed),
            (refused(404), FollowUpState::Failed),
        ] {
            assert_eq!(stage(&answer, false), expected, "{answer:?}");
        }
        assert_eq!(stage(&refused(500), true), FollowUpState::Failed);
        assert_eq!(stage(&Ok(()), true), FollowUpState::Done);
    }
}

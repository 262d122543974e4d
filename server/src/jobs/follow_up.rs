//! Performs the follow-ups that accounts need after a relink, with retries.

use std::sync::Arc;

use super::worker::{Done, JobError};
use crate::domain::backoff;
use crate::domain::follow_up::{FollowUp, FollowUpAction, Stage};
use crate::state::App;
use crate::store::job_queue::Job;
use crate::stripe::StripeError;

/// Sends one request to Stripe and stores its progress.
pub(super) async fn perform(app: &Arc<App>, job: &Job) -> Result<Done, JobError> {
    let Some((account, follow_up)) = FollowUp::parse(&job.subject) else { return Ok(Done::Finished) };
    let all = app.store.follow_ups(&account).await?;
    let progress = all.into_iter().find(|progress| progress.follow_up == follow_up);
    // Superseded by a newer relink, or already done by a server that was killed.
    if progress.is_none_or(|progress| progress.stage == Stage::Done) {
        return Ok(Done::Finished);
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
    app.store.note_follow_up(&account, &follow_up, stage, crate::clock::now()).await?;
    let Err(error) = answer else { return Ok(Done::Finished) };
    if error.may_pass() {
        return Err(error.into());
    }
    let FollowUp { action, feature } = &follow_up;
    tracing::error!(%error, %account, ?action, feature = feature.as_str(), "not followed up: {error}");
    Ok(Done::Finished)
}

/// A refusal is final; other errors of Stripe's are retried.
fn stage(answer: &Result<(), StripeError>, is_last: bool) -> Stage {
    match answer {
        Ok(()) => Stage::Done,
        Err(error) if error.may_pass() && !is_last => Stage::Retrying,
        Err(_) => Stage::Failed,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn what_stripe_fails_to_do_may_be_done_later_and_a_refusal_stays() {
        let refused =
            |status: u16| Err(StripeError::refused(StatusCode::from_u16(status).unwrap(), b"", None));
        for (answer, expected) in [
            (Ok(()), Stage::Done),
            (refused(500), Stage::Retrying),
            (refused(409), Stage::Retrying),
            (Err(StripeError::Unreachable("down".to_owned())), Stage::Retrying),
            (refused(400), Stage::Failed),
            (refused(403), Stage::Failed),
            (refused(404), Stage::Failed),
        ] {
            assert_eq!(stage(&answer, false), expected, "{answer:?}");
        }
        assert_eq!(stage(&refused(500), true), Stage::Failed);
        assert_eq!(stage(&Ok(()), true), Stage::Done);
    }
}

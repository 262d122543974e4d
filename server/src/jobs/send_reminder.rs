//! Sends reminders to customers, if the merchant wants that.

use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::{AccountId, AuthorizationId, condition};

use super::worker::{JobError, JobResult};
use crate::domain::audit::Actor;
use crate::domain::connection::StoredAccount;
use crate::domain::relink_request::Delivery;
use crate::domain::reminders::{NextStep, Reminder, Turn, next_step};
use crate::domain::request_refusal::RequestRefusal;
use crate::records::connections::StoreReadingError;
use crate::services::relink_requests::{self, CreateError, NewRelinkRequest};
use crate::state::AppState;
use crate::store::job_queue::Job;

/// Sends the reminder that is due for this account, if any, and schedules the next check.
pub(super) async fn remind(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Ok(id) = job.subject.parse::<AccountId>() else { return Ok(JobResult::Finished) };
    let kept = app.store.account(&id).await?.filter(|kept| kept.replaced_by.is_none());
    let Some(kept) = kept else { return Ok(JobResult::Finished) };
    let (rules, now) = (app.config.condition_rules(), crate::clock::now());
    let condition = condition(&kept.account, rules, now.as_second()).map_err(StoreReadingError::from)?;
    let last = app.store.reminded(&id).await?;
    let login = kept.account.authorization.as_ref().map_or(id.as_str(), AuthorizationId::as_str);
    let turn = Turn::new(login, kept.changed_at);
    match next_step(&app.config.requests.reminders, &condition, turn, last, now) {
        NextStep::Nothing => Ok(JobResult::Finished),
        NextStep::At(at) => Ok(JobResult::Again(at.min(now + LONGEST_WAIT))),
        NextStep::Now(stage) => match app.store.claim_login(&kept, stage, now + MERGED, now).await? {
            None => send(app, &kept, stage).await,
            Some(end) if is_named(kept.changed_at, end - MERGED) => {
                tracing::info!(account = %id, "no reminder: the one of another account of the login names it");
                app.store.record_reminder(&id, stage, now).await?;
                Ok(JobResult::Again(now + NEXT_LOOK))
            }
            Some(end) => Ok(JobResult::Again(end.max(now + SOON))),
        },
    }
}

/// True if the email of a reminder that was claimed then is about an account with this last change, too.
fn is_named(changed_at: Timestamp, claimed_at: Timestamp) -> bool {
    changed_at <= claimed_at + WRITING
}

async fn send(app: &Arc<AppState>, kept: &StoredAccount, stage: Reminder) -> Result<JobResult, JobError> {
    let account = kept.account.id.clone();
    let ask = NewRelinkRequest {
        account: account.clone(),
        delivery: Delivery::Email,
        reason: None,
        language: None,
        return_url: None,
        email: None,
        expires_in: None,
        is_automatic: true,
        source: Actor::Server.into(),
        link: None,
    };
    let now = crate::clock::now();
    match relink_requests::create(app, ask, None).await {
        Ok(_) | Err(CreateError::Repeated) => (),
        // The reminder of a broken account is sent later; for other stages the earlier email is enough.
        Err(CreateError::Refused(RequestRefusal::MailedLately, Some(from))) if stage == Reminder::Broken => {
            app.store.release_login(kept, stage).await?;
            return Ok(JobResult::Again(from));
        }
        Err(CreateError::Refused(rule, _)) => {
            tracing::info!(%account, "no reminder: {}", rule.as_str());
            app.store.release_login(kept, stage).await?;
        }
        Err(CreateError::Failed(failure)) => return Err(JobError::Ask(failure)),
    }
    app.store.record_reminder(&account, stage, now).await?;
    // Check for the next stage.
    Ok(JobResult::Again(now + NEXT_LOOK))
}

/// Time in which reminders of one bank login are one: its accounts break and end together, and one sign-in is asked for.
/// The email names all of them.
const MERGED: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// Time after the claim in which the email is written. An account that changes later waits for an email of its own.
const WRITING: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);
/// Shortest wait for another account's claim.
const SOON: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);
/// Longest time between checks, so that a clock that was wrong cannot delay a reminder for longer.
const LONGEST_WAIT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);
const NEXT_LOOK: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

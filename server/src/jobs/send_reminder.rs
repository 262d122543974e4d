//! Sends reminders to customers, if the merchant wants that.

use std::sync::Arc;

use relink_protocol::{AccountId, condition};

use super::worker::{JobError, JobResult};
use crate::domain::audit::Actor;
use crate::domain::language::Language;
use crate::domain::relink_request::Delivery;
use crate::domain::reminders::{NextStep, Reminder, next_step};
use crate::domain::request_refusal::RequestRefusal;
use crate::records::connections::StoreReadingError;
use crate::services::relink_requests::{CreateError, NewRelinkRequest};
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
    match next_step(&app.config.requests.reminders, &condition, last, now) {
        NextStep::Nothing => Ok(JobResult::Finished),
        NextStep::At(at) => Ok(JobResult::Again(at.min(now + LONGEST_WAIT))),
        NextStep::Now(stage) => send(app, id, stage).await,
    }
}

async fn send(app: &Arc<AppState>, account: AccountId, stage: Reminder) -> Result<JobResult, JobError> {
    let ask = NewRelinkRequest {
        account: account.clone(),
        delivery: Delivery::Email,
        language: app.store.language_of(&account).await?.unwrap_or(Language::English),
        return_url: None,
        email: None,
        expires_in: None,
        is_automatic: true,
        source: Actor::Server.into(),
        link: None,
    };
    let now = crate::clock::now();
    match app.ask(ask, None).await {
        Ok(_) | Err(CreateError::Repeated) => (),
        // The reminder of a broken account is sent later; for other stages the earlier email is enough.
        Err(CreateError::Refused(RequestRefusal::MailedLately, Some(from))) if stage == Reminder::Broken => {
            return Ok(JobResult::Again(from));
        }
        Err(CreateError::Refused(rule, _)) => tracing::info!(%account, "no reminder: {}", rule.as_str()),
        Err(CreateError::Failed(failure)) => return Err(JobError::Ask(failure)),
    }
    app.store.record_reminder(&account, stage, now).await?;
    // Check for the next stage.
    Ok(JobResult::Again(now + NEXT_LOOK))
}

/// Longest time between checks, so that a clock that was wrong cannot delay a reminder for longer.
const LONGEST_WAIT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);
const NEXT_LOOK: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

//! Sends reminders to customers, if the merchant wants that.

use std::sync::Arc;

use relink_protocol::{AccountId, condition};

use super::worker::{Done, JobError};
use crate::domain::audit::Actor;
use crate::domain::language::Language;
use crate::domain::relink_request::Delivery;
use crate::domain::reminders::{Stage, Turn, turn};
use crate::domain::request_refusal::Rule;
use crate::records::connections::KeepError;
use crate::services::relink_requests::{Ask, AskError};
use crate::state::App;
use crate::store::job_queue::Job;

/// Sends the reminder that is due for this account, if any, and schedules the next check.
pub(super) async fn remind(app: &Arc<App>, job: &Job) -> Result<Done, JobError> {
    let Ok(id) = job.subject.parse::<AccountId>() else { return Ok(Done::Finished) };
    let Some(kept) = app.store.account(&id).await? else { return Ok(Done::Finished) };
    let now = crate::clock::now();
    let condition = condition(&kept.account, now.as_second()).map_err(KeepError::from)?;
    let last = app.store.reminded(&id).await?;
    match turn(&app.config.requests.reminders, &condition, last, now) {
        Turn::Nothing => Ok(Done::Finished),
        Turn::At(at) => Ok(Done::Again(at.min(now + LONGEST_WAIT))),
        Turn::Now(stage) => send(app, id, stage).await,
    }
}

async fn send(app: &Arc<App>, account: AccountId, stage: Stage) -> Result<Done, JobError> {
    let ask = Ask {
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
        Ok(_) | Err(AskError::Repeated) => (),
        // The reminder of a broken account is sent later; for other stages the earlier email is enough.
        Err(AskError::Refused(Rule::MailedLately, Some(from))) if stage == Stage::Broken => {
            return Ok(Done::Again(from));
        }
        Err(AskError::Refused(rule, _)) => tracing::info!(%account, "no reminder: {}", rule.as_str()),
        Err(AskError::Failed(failure)) => return Err(JobError::Mail(failure.title().to_owned())),
    }
    app.store.note_reminder(&account, stage, now).await?;
    // Check for the next stage.
    Ok(Done::Again(now + NEXT_LOOK))
}

/// Longest time between checks, so that a clock that was wrong cannot delay a reminder for longer.
const LONGEST_WAIT: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);
const NEXT_LOOK: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

//! Sends the email of a relink request, at most once.

use std::sync::Arc;

use jiff::Timestamp;
use relink_protocol::stripe::Account;
use relink_protocol::{BankTrouble, Purpose, condition};

use super::worker::{JobError, JobResult};
use crate::domain::audit::Actor;
use crate::domain::backoff;
use crate::domain::bank_status::NEXT_LOOK;
use crate::domain::link_token::Secret;
use crate::domain::relink_request::{Request, Step};
use crate::infra::mailer::{Mailer, PreparedEmail, SendError};
use crate::metrics::EmailOutcome;
use crate::records::connections::StoreReadingError;
use crate::records::relink_requests::Why;
use crate::services::relink_requests::{self, EmailSubject, EmailTerms, accounts_beside, write_email};
use crate::services::{banks, customer_names, merchant_names, opt_outs};
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::emails::{self, MailState};
use crate::store::job_queue::Job;
use crate::store::requests;

/// Makes one try. Its start is committed before the mail server is contacted, so that a server that later finds a start
/// without an end does not send the email again.
pub(super) async fn send(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    let Some(request) = app.store.request(&job.subject).await? else { return Ok(JobResult::Finished) };
    let Some(mailer) = &app.mailer else {
        return Err(JobError::Mail("RELINK_SMTP_URL is no longer set".to_owned()));
    };
    let now = crate::clock::now();
    if app.store.mark_lost_email(&request.id, now).await? {
        tracing::warn!(
            request = request.id,
            "whether the mail of {} went is not known; it is not sent again",
            request.id
        );
        return Ok(JobResult::Finished);
    }
    if !request.is_open(now) {
        fail_waiting(app, &request).await?;
        return Ok(JobResult::Finished);
    }
    if request.is_automatic {
        if app.store.has_opted_out(&request.customer).await? {
            fail(app, &request, "the customer wants no automatic mails").await?;
            return Ok(JobResult::Finished);
        }
        let quiet = app.config.requests.reminders.quiet.as_ref();
        if let Some(end) = quiet.and_then(|quiet| quiet.ends(now)) {
            return Ok(JobResult::Again(end));
        }
    }
    let Some(to) = address(app, &request).await? else {
        fail(app, &request, "the customer has no email address at Stripe").await?;
        return Ok(JobResult::Finished);
    };
    let Some(kept) = app.store.account(&request.account).await? else {
        fail(app, &request, "Stripe no longer knows the account").await?;
        return Ok(JobResult::Finished);
    };
    if let Some(later) = bank_is_down(app, &request, &kept.account).await {
        return Ok(JobResult::Again(later));
    }
    let of = request.customer.stripe_account();
    let merchant = merchant_names::current(app, &app.stripe.in_background(), of.as_ref()).await?;
    let Some(begun) = begin(app, mailer, &request, &kept.account, (&to, &merchant)).await? else {
        return Ok(JobResult::Finished);
    };
    let (parcel, attempt) = begun;
    let sent = match parcel {
        Ok(parcel) => mailer.send(&parcel).await,
        Err(error) => Err(error),
    };
    note(app, &request, &attempt, sent, backoff::is_over(job.tries)).await
}

/// Returns when to look again if the account's bank is down: the customer could do nothing, and the next email may go in
/// two days. A bank that is only unwell is worth a try.
async fn bank_is_down(app: &AppState, request: &Request, account: &Account) -> Option<Timestamp> {
    let purpose = app.config.policy.purposes.first().copied().unwrap_or(Purpose::Payments);
    let permissions = app.config.policy.permissions.as_deref();
    let stripe = app.stripe.in_background();
    let trouble = banks::trouble_of(app, &stripe, account, purpose, permissions).await?;
    let id = &request.id;
    (trouble == BankTrouble::Unavailable).then(|| {
        tracing::info!(request = id, "the email of request {id} waits, because the bank is down");
        crate::clock::now() + NEXT_LOOK
    })
}

/// Returns the address that the merchant gave, or else the one that Stripe has of the customer: of a connected account,
/// that account's.
async fn address(app: &AppState, request: &Request) -> Result<Option<String>, JobError> {
    if let Some(email) = &request.email {
        return Ok(Some(email.clone()));
    }
    let contact = app.stripe.in_background().contact(&request.customer).await?;
    customer_names::note(app, &request.customer, contact.as_ref()).await?;
    Ok(contact.and_then(|contact| contact.email))
}

type StartedTry = (Result<PreparedEmail, SendError>, String);

/// Makes the link and records that a try begins. Returns `None` if the email is no longer waiting.
async fn begin(
    app: &AppState,
    mailer: &Mailer,
    request: &Request,
    account: &Account,
    (to, merchant): (&str, &str),
) -> Result<Option<StartedTry>, JobError> {
    let now = crate::clock::now();
    let rules = app.config.condition_rules();
    let condition = condition(account, rules, now.as_second()).map_err(StoreReadingError::from)?;
    let beside = accounts_beside(app, account, now).await?;
    let (link, out) = (Secret::new(crate::clock::secret()), Secret::new(crate::clock::secret()));
    let out = Some(out).filter(|_| request.is_automatic);
    let attempt = crate::clock::new_id().simple().to_string();
    let mut change = app.store.change().await?;
    if !emails::begin(&mut change, &request.id, &attempt, now).await? {
        change.rollback().await.map_err(StoreError::from)?;
        return Ok(None);
    }
    requests::set_link(&mut change, &request.id, &link, out.as_ref()).await?;
    let opt_out = out.map(|out| opt_outs::link_url(app, &out));
    let (link, name) = (relink_requests::link_url(app, &link), format!("{}.{attempt}", request.id));
    change.commit().await.map_err(StoreError::from)?;
    let about = EmailSubject { account, condition: &condition, beside: &beside };
    let terms = EmailTerms {
        language: request.language,
        merchant,
        reason: request.reason,
        expires_at: request.expires_at,
        link: &link,
        opt_out: opt_out.as_deref(),
    };
    let email = write_email(app, about, terms, now);
    let parcel = mailer.pack(&email, to, &name, opt_out.as_deref(), now);
    Ok(Some((parcel, attempt)))
}

/// Stores the result and its consequences in one transaction.
async fn note(
    app: &AppState,
    request: &Request,
    attempt: &str,
    sent: Result<(), SendError>,
    is_last: bool,
) -> Result<JobResult, JobError> {
    let now = crate::clock::now();
    let (state, step, error) = match sent {
        Ok(()) => (MailState::Sent, Some(Step::Send), None),
        Err(SendError::Unknown(error)) => (MailState::Unknown, None, Some(error)),
        Err(SendError::Later(error)) if !is_last => (MailState::Waiting, None, Some(error)),
        Err(SendError::Never(error) | SendError::Later(error)) => {
            (MailState::Failed, Some(Step::Fail), Some(error))
        }
    };
    app.metrics.email(outcome(state));
    let mut change = app.store.change().await?;
    emails::end(&mut change, &request.id, attempt, state, error.as_deref(), now).await?;
    if matches!(state, MailState::Sent | MailState::Unknown) {
        requests::restart_cooldown(&mut change, &request.id, now).await?;
    }
    if let Some(step) = step {
        app.requests.advance(&mut change, &request.id, step, why(error.as_deref())).await?;
    }
    change.commit().await.map_err(StoreError::from)?;
    app.connections.messages().notify_one();
    let (id, word) = (&request.id, state.as_str());
    tracing::info!(request = id, error, "email of request {id}: {word}");
    match error {
        Some(error) if state == MailState::Waiting => Err(JobError::Mail(error)),
        _ => Ok(JobResult::Finished),
    }
}

fn outcome(state: MailState) -> EmailOutcome {
    match state {
        MailState::Sent => EmailOutcome::Sent,
        MailState::Waiting | MailState::Sending => EmailOutcome::Later,
        MailState::Failed => EmailOutcome::Failed,
        MailState::Unknown => EmailOutcome::Unknown,
    }
}

/// The request ended before its email was sent: drops the email and frees the account's cooldown.
async fn fail_waiting(app: &AppState, request: &Request) -> Result<(), StoreError> {
    let over = "the request was over before the mail went";
    let mut change = app.store.change().await?;
    if emails::fail_waiting(&mut change, &request.id, over, crate::clock::now()).await? {
        requests::end_cooldown(&mut change, &request.account, Some(&request.id)).await?;
    }
    Ok(change.commit().await?)
}

async fn fail(app: &AppState, request: &Request, error: &str) -> Result<(), StoreError> {
    tracing::warn!(request = request.id, "the email of request {} can't be sent: {error}", request.id);
    let mut change = app.store.change().await?;
    emails::fail_waiting(&mut change, &request.id, error, crate::clock::now()).await?;
    app.requests.advance(&mut change, &request.id, Step::Fail, why(Some(error))).await?;
    change.commit().await?;
    app.connections.messages().notify_one();
    Ok(())
}

fn why(failure: Option<&str>) -> Why<'_> {
    Why { source: Actor::Server.into(), failure, now: crate::clock::now() }
}

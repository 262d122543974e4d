//! Attempts that were begun on this server, with the customer, the account and the outcome of each. Holds no client
//! secret.
//!
//! Both callers that want an attempt's outcome, the customer's page and the worker, take the same two steps: `verdict`
//! reads Stripe's session, `conclude` derives the outcome from it and stores it once.

pub(crate) mod pairs;
pub(crate) mod payment_method;
mod settle;
mod verdict;

#[cfg(test)]
mod tests;

use relink_protocol::{MissingPreviewFields, SessionId};
use serde_json::Value;
use thiserror::Error;

pub(crate) use self::settle::conclude;
pub(crate) use self::verdict::{Verdict, ask};
use crate::domain::attempt::Attempt;
use crate::domain::audit::{AuditAction, AuditSource};
use crate::domain::customer_claims::Caller;
use crate::http::error::ApiError;
use crate::records::connections::StoreReadingError;
use crate::services::merchant_names::NameError;
use crate::state::AppState;
use crate::store::{StoreError, attempts, audit, requests};
use crate::stripe::StripeError;

/// Reason for which the outcome of an attempt can't be determined now.
#[derive(Debug, Error)]
pub(crate) enum AttemptError {
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error(transparent)]
    Version(#[from] MissingPreviewFields),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("Stripe has something else in this session than was asked for")]
    SomethingElse,
}

impl From<NameError> for AttemptError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Stripe(error) => error.into(),
            NameError::Store(error) => error.into(),
        }
    }
}

/// Stores an attempt that has just begun, with an audit entry.
pub(crate) async fn begin(app: &AppState, source: AuditSource, attempt: &Attempt) -> Result<(), StoreError> {
    let Attempt { account, choice, purpose, requested, .. } = attempt;
    let detail = serde_json::json!({"choice": choice, "purpose": purpose, "requested": requested});
    let entry = attempt.entry(source, AuditAction::RelinkStarted, account, detail);
    let mut change = app.store.change().await?;
    attempts::begin(&mut change, attempt).await?;
    requests::note_attempt(&mut change, account, attempt.started_at).await?;
    audit::enter(&mut change, &entry, crate::clock::new_id(), attempt.started_at).await?;
    Ok(change.commit().await?)
}

/// Returns the caller's attempt with this session. Another customer's attempt and a missing one give the same
/// error.
pub(crate) async fn attempt_of(
    app: &AppState,
    caller: &Caller,
    session: &SessionId,
) -> Result<Attempt, ApiError> {
    let attempt = app.store.attempt(session).await?;
    attempt.filter(|attempt| attempt.belongs_to(caller)).ok_or(ApiError::NotFound)
}

/// Records that the customer keeps paying from the old account, if the outcome offered another one.
pub(crate) async fn keep_paying(
    app: &AppState,
    source: AuditSource,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let Attempt { session, account, .. } = attempt;
    let mut change = app.store.change().await?;
    if attempts::keep(&mut change, session).await? {
        let entry = attempt.entry(source, AuditAction::PaymentsKept, account, Value::Null);
        audit::enter(&mut change, &entry, crate::clock::new_id(), crate::clock::now()).await?;
    }
    Ok(change.commit().await?)
}

impl From<StoreReadingError> for AttemptError {
    fn from(error: StoreReadingError) -> Self {
        match error {
            StoreReadingError::Store(error) => error.into(),
            StoreReadingError::Version(error) => error.into(),
        }
    }
}

impl From<AttemptError> for ApiError {
    fn from(error: AttemptError) -> Self {
        match error {
            AttemptError::Stripe(error) => error.into(),
            AttemptError::Version(error) => error.into(),
            AttemptError::Store(error) => error.into(),
            AttemptError::SomethingElse => Self::Internal,
        }
    }
}

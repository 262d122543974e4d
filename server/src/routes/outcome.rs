//! `POST /api/sessions/{id}/outcome`: the outcome of an attempt. Stripe decides; the browser's report is a hint.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::{ReadOutcome, RelinkOutcome, Reported, SessionId};

use crate::domain::attempt::Attempt;
use crate::domain::audit::{Actor, AuditSource};
use crate::domain::customer_claims::Caller;
use crate::domain::outcome::{Settled, counts};
use crate::http::error::ApiError;
use crate::http::extract::{Body, Client, PageCaller, SessionPath};
use crate::openapi::errors::{ByPage, CallsStripe, Errors, HasBody, Missing};
use crate::services::attempts::{AttemptError, Verdict, ask, attempt_of, conclude};
use crate::state::AppState;

/// Delays between reads of a session that Stripe has not decided though the customer has finished: three seconds in
/// all.
const POLL_DELAYS: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(1250),
];

/// Returns the outcome of an attempt that this caller began in this sign-in session. It is final once Stripe has
/// decided it.
#[utoipa::path(
    post,
    path = "/api/sessions/{id}/outcome",
    operation_id = "read_outcome",
    tag = "attempts",
    summary = "Read the outcome of an attempt",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    params(("id" = SessionId, Path, description = "Session of the attempt")),
    request_body = ReadOutcome,
    responses(
        (status = 200, description = "The outcome; `pending` while Stripe has not decided", body = RelinkOutcome),
        Errors<(ByPage, HasBody, Missing, CallsStripe)>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    PageCaller(caller): PageCaller,
    client: Client,
    SessionPath(session): SessionPath,
    Body(ReadOutcome { reported }): Body<ReadOutcome>,
) -> Result<impl IntoResponse, ApiError> {
    let attempt = attempt_of(&app, &caller, &session).await?;
    if attempt.reported != reported {
        app.store.report(&session, reported).await?;
    }
    let outcome = match &attempt.settled {
        Some(settled) if settled.by_stripe => settled.visible_to(&caller),
        Some(_) | None => {
            let question = (session.clone(), reported);
            let source = Actor::from(&caller).at(client.ip);
            let asking = Box::pin(settled(&app, &caller, source, &attempt, reported));
            let settled = app.recent.outcomes.get_or_call(question, asking).await?;
            settled.map_or(RelinkOutcome::Pending, |settled| settled.visible_to(&caller))
        }
    };
    // A question that the customer has not answered is shown again.
    if outcome != RelinkOutcome::Pending && !outcome.is_question() {
        app.store.told(&session).await?;
    }
    let [restored, added, still_broken] = counts(&outcome);
    let Attempt { account, customer, .. } = attempt;
    tracing::info!(
        %session, %account, %customer, outcome = outcome.name(), restored, added, still_broken, ?reported, "relink outcome"
    );
    Ok(([(CACHE_CONTROL, "no-store")], Json(outcome)))
}

/// Reads the outcome from Stripe; `None` if it is pending.
async fn settled(
    app: &AppState,
    caller: &Caller,
    source: AuditSource,
    attempt: &Attempt,
    reported: Reported,
) -> Result<Option<Settled>, ApiError> {
    let stripe = app.stripe_for(caller)?;
    let schedule: &[Duration] = if reported == Reported::Finished { &POLL_DELAYS } else { &[] };
    let verdict = poll_while_pending(schedule, || ask(&stripe, attempt, reported)).await?;
    Ok(conclude(app, &stripe, attempt, verdict, source).await?)
}

/// Calls `ask` once, and again on schedule while the outcome is pending. If a later call fails for a passing reason,
/// the outcome stays pending.
async fn poll_while_pending<Asking: Future<Output = Result<Verdict, AttemptError>>>(
    schedule: &[Duration],
    ask: impl Fn() -> Asking,
) -> Result<Verdict, AttemptError> {
    let mut verdict = ask().await?;
    for wait in schedule {
        if !verdict.is_pending() {
            break;
        }
        tokio::time::sleep(*wait).await;
        match ask().await {
            Ok(next) => verdict = next,
            Err(AttemptError::Stripe(error)) if error.may_pass() => break,
            Err(error) => return Err(error),
        }
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests;

//! `POST /api/sessions/{id}/pairs`: the customer tells which accounts are the same, where they look alike.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::{PairAccounts, RelinkOutcome, SessionId};

use crate::domain::audit::Actor;
use crate::http::error::ApiError;
use crate::http::extract::{Body, Client, PageCaller, SessionPath};
use crate::openapi::errors::{Answered, ByPage, Errors, HasBody, Missing};
use crate::services::attempts::attempt_of;
use crate::services::attempts::pairs::pair as pair_once;
use crate::state::AppState;

/// Idempotent: the first answer counts, and repeating it changes nothing.
#[utoipa::path(
    post,
    path = "/api/sessions/{id}/pairs",
    operation_id = "pair_accounts",
    tag = "attempts",
    summary = "Tell which of the accounts that look alike are the same",
    security(("customer_token" = []), ("link_request" = [], "link_cookie" = [])),
    params(("id" = SessionId, Path, description = "Session of the attempt")),
    request_body = PairAccounts,
    responses(
        (status = 200, description = "The outcome that follows", body = RelinkOutcome),
        Errors<(ByPage, HasBody, Missing, Answered)>,
    )
)]
pub(crate) async fn pair(
    State(app): State<Arc<AppState>>,
    PageCaller(caller): PageCaller,
    client: Client,
    SessionPath(session): SessionPath,
    Body(PairAccounts { pairs }): Body<PairAccounts>,
) -> Result<impl IntoResponse, ApiError> {
    let attempt = attempt_of(&app, &caller, &session).await?;
    let (source, count) = (Actor::from(&caller).at(client.ip), pairs.len());
    let outcome = pair_once(&app, &caller, source, &attempt, pairs).await?;
    tracing::info!(%session, account = %attempt.account, customer = %attempt.customer, pairs = count, "accounts paired");
    Ok(([(CACHE_CONTROL, "no-store")], Json(outcome)))
}

//! `GET /api/authorizations/{id}`: one bank login, for the merchant's back end.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::AuthorizationId;
use serde_json::json;

use crate::domain::audit::{AuditAction, Entry};
use crate::domain::merchant_event_payload::connection;
use crate::domain::shared_login::{can_be_repaired, remedy, repaired_by_relink};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::state::AppState;

/// Returns the login's status at Stripe, its accounts as they are stored, and those that a relink would repair.
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    by: BackEnd<scope::AccountsRead>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let id: AuthorizationId = id.parse().map_err(|_| ApiError::NotFound)?;
    let detail = json!({"authorization": id});
    app.audit.record(&Entry::of(by.source(), AuditAction::AuthorizationRead, detail)).await?;
    let read_at = crate::clock::now();
    let login = app.stripe.authorization(&id).await?;
    let is_repairable = can_be_repaired(&login);
    app.store.save_login(&id, is_repairable, read_at).await?;
    let accounts = app.store.accounts_of_login(&id).await?;
    let repaired = repaired_by_relink(&login, &accounts);
    let (action, ends_on) = remedy(&login);
    let body = json!({
        "object": "authorization",
        "id": login.id,
        "institution_name": login.institution_name,
        "status": login.status,
        "action": action,
        "expires_on": ends_on,
        "accounts": accounts.iter().map(connection).collect::<Vec<_>>(),
        "would_repair": repaired,
    });
    Ok(([(CACHE_CONTROL, "no-store")], Json(body)))
}

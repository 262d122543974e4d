//! `GET /api/authorizations/{id}`: one bank login, for the merchant's back end.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::{AccountStatus, Action};
use relink_protocol::{AccountId, AuthorizationId};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::audit::{AuditAction, Entry};
use crate::domain::merchant_event_payload::{Connection, connection};
use crate::domain::shared_login::{can_be_repaired, remedy, repaired_by_relink};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, CallsStripe, Errors, Missing};
use crate::state::AppState;

/// Bank login, with its accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = Authorization)]
struct Login {
    #[schema(example = "authorization")]
    object: &'static str,
    id: AuthorizationId,
    #[schema(example = "Alder Bank")]
    institution_name: Option<String>,
    /// Status at Stripe.
    status: AccountStatus,
    /// Action that Stripe recommends.
    action: Option<Action>,
    /// Time at which it is going to end.
    expires_on: Option<i64>,
    /// Its accounts, as they are stored.
    #[schema(value_type = Vec<Connection>)]
    accounts: Vec<Value>,
    /// Accounts that a relink would repair.
    would_repair: Vec<AccountId>,
}

/// Returns the login's status at Stripe, its accounts as they are stored, and those that a relink would repair.
#[utoipa::path(
    get,
    path = "/api/authorizations/{id}",
    operation_id = "read_authorization",
    tag = "accounts",
    summary = "Read a bank login",
    security(("api_key" = ["accounts:read"])),
    params(("id" = AuthorizationId, Path, description = "Bank login")),
    responses(
        (status = 200, description = "The login as Stripe has it now, and its accounts", body = Login),
        Errors<(ByBackEnd, Missing, CallsStripe)>,
    )
)]
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
    let (action, expires_on) = remedy(&login);
    let body = Login {
        object: "authorization",
        accounts: accounts.iter().map(connection).collect(),
        would_repair: repaired_by_relink(&login, &accounts).into_iter().cloned().collect(),
        action: action.cloned(),
        expires_on,
        id: login.id,
        institution_name: login.institution_name,
        status: login.status,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(body)))
}

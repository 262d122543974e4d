//! `GET /api/audit`: the audit trail, for the merchant's back end, whose own reads it records too.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use relink_protocol::stripe::Account;
use serde::Deserialize;
use serde_json::Value;

use super::paging::{List, Page};
use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, Errors, Invalid};
use crate::state::AppState;
use crate::store::audit::{AuditRow, Subject};

/// Query parameters: a page of the trail, newest first.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Id of a customer, a session or an account.
    #[param(pattern = "^(acct_[A-Za-z0-9_]+\\.)?(cus|fcsess|fca)_[A-Za-z0-9_]+$", max_length = 128)]
    subject: Option<String>,
    /// Number of items, from 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
    /// Id of the last item of the page before.
    #[param(min_length = 1, max_length = 160, pattern = "^[A-Za-z0-9_:.-]+$")]
    starting_after: Option<String>,
}

/// Returns a page of the audit trail.
#[utoipa::path(
    get,
    path = "/api/audit",
    operation_id = "list_audit_entries",
    tag = "audit",
    summary = "List audit entries, newest first",
    security(("api_key" = ["audit:read"])),
    params(Params),
    responses(
        (status = 200, description = "A page of entries", body = List<AuditRow>),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn trail(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::AuditRead>,
    Query(part): Query<Params>,
) -> Result<Response, ApiError> {
    let page = Page::new(part.limit, part.starting_after)?;
    let about = match part.subject.as_deref() {
        Some(subject) => Some((Subject::of(subject).ok_or(ApiError::NotUnderstood)?, subject)),
        None => None,
    };
    Ok(page.answer(app.store.audit(about, page.after.as_deref(), page.to_read()).await?))
}

/// Writes an audit entry for a read by the back end, before the data is returned.
pub(super) async fn note(
    app: &AppState,
    account: &Account,
    action: AuditAction,
    by: &BackEnd<scope::AccountsRead>,
) -> Result<(), ApiError> {
    let entry = Entry {
        source: by.source(),
        action,
        customer: account.holder().cloned(),
        session: None,
        account: Some(account.id.clone()),
        detail: Value::Null,
    };
    Ok(app.audit.record(&entry).await?)
}

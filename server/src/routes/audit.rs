//! `GET /api/audit`: the audit trail, for the merchant's back end, whose own reads it records too.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use relink_protocol::stripe::Account;
use serde::Deserialize;
use serde_json::Value;

use super::paging::Page;
use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::state::AppState;
use crate::store::audit::Subject;

/// Query parameters: a page of the trail, newest first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Id of a customer, a session or an account.
    subject: Option<String>,
    limit: Option<i64>,
    starting_after: Option<String>,
}

/// Returns a page of the audit trail.
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
        customer: account.account_holder.as_ref().and_then(|holder| holder.customer.clone()),
        session: None,
        account: Some(account.id.clone()),
        detail: Value::Null,
    };
    Ok(app.audit.record(&entry).await?)
}

//! `GET /api/audit`: the audit trail, for the merchant's back end, whose own reads it records too.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use relink_protocol::stripe::Account;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::BackEnd;
use crate::state::AppState;
use crate::store::audit::{AuditRow, Subject};

/// Query parameters: a page of the trail, newest first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Id of a customer, a session or an account.
    subject: Option<String>,
    limit: Option<i64>,
    starting_after: Option<String>,
}

const USUAL: i64 = 10;
const MOST: i64 = 100;
const LONGEST_CURSOR: usize = 64;

/// List in Stripe's format.
#[derive(Serialize)]
struct Trail {
    object: &'static str,
    data: Vec<AuditRow>,
    has_more: bool,
}

/// Returns a page of the audit trail.
pub(crate) async fn trail(
    State(app): State<Arc<AppState>>,
    _: BackEnd,
    Query(part): Query<Params>,
) -> Result<impl IntoResponse, ApiError> {
    let limit = part.limit.unwrap_or(USUAL);
    let is_cursor = |text: &str| {
        text.len() <= LONGEST_CURSOR && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if !(1..=MOST).contains(&limit) || !part.starting_after.as_deref().is_none_or(is_cursor) {
        return Err(ApiError::NotUnderstood);
    }
    let about = match part.subject.as_deref() {
        Some(subject) => Some((Subject::of(subject).ok_or(ApiError::NotUnderstood)?, subject)),
        None => None,
    };
    let mut data = app.store.audit(about, part.starting_after.as_deref(), limit + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = data.len() > limit;
    data.truncate(limit);
    Ok(([(CACHE_CONTROL, "no-store")], Json(Trail { object: "list", data, has_more })))
}

/// Writes an audit entry for a read by the back end, before the data is returned.
pub(super) async fn note(
    app: &AppState,
    account: &Account,
    action: AuditAction,
    by: &BackEnd,
) -> Result<(), ApiError> {
    let entry = Entry {
        source: by.source(),
        action,
        customer: account.account_holder.as_ref().and_then(|holder| holder.customer.clone()),
        session: None,
        account: Some(account.id.clone()),
        detail: Value::Null,
    };
    Ok(app.record(&entry).await?)
}

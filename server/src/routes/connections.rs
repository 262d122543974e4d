//! `GET /api/connections`: all linked accounts and their conditions, for the merchant's back end.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use relink_protocol::CustomerId;
use serde::Deserialize;
use serde_json::json;

use super::paging::Page;
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::merchant_event::REPLACED;
use crate::domain::merchant_event_payload::connection;
use crate::http::error::ApiError;
use crate::http::extract::BackEnd;
use crate::state::AppState;

/// Query parameters: filter and page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    state: Option<Condition>,
    customer: Option<CustomerId>,
    limit: Option<i64>,
    starting_after: Option<String>,
}

/// Condition of a connection, as the response names it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Condition {
    Healthy,
    Expiring,
    NumberExpired,
    NumberPending,
    Broken,
    Unrepairable,
    Disconnected,
    Replaced,
    Unrecognized,
}

impl Condition {
    fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Expiring => "expiring",
            Self::NumberExpired => "number_expired",
            Self::NumberPending => "number_pending",
            Self::Broken => "broken",
            Self::Unrepairable => "unrepairable",
            Self::Disconnected => "disconnected",
            Self::Replaced => REPLACED,
            Self::Unrecognized => "unrecognized",
        }
    }
}

/// Returns a page of connections, ordered by id.
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    by: BackEnd,
    Query(wanted): Query<Params>,
) -> Result<Response, ApiError> {
    let page = Page::new(wanted.limit, wanted.starting_after)?;
    let state = wanted.state.map(Condition::as_str);
    let detail = json!({"state": state, "limit": wanted.limit, "starting_after": page.after});
    let entry = Entry {
        customer: wanted.customer.clone(),
        ..Entry::of(by.source(), AuditAction::ConnectionsListed, detail)
    };
    app.record(&entry).await?;
    let kept =
        app.store.connections(state, wanted.customer.as_ref(), page.after.as_deref(), page.to_read()).await?;
    Ok(page.answer(kept.iter().map(connection).collect()))
}

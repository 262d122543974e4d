//! `GET /api/connections`: all linked accounts and their conditions, for the merchant's back end.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use relink_protocol::{HolderId, StripeAccountId};
use serde::Deserialize;
use serde_json::json;

use super::paging::{List, Page};
use crate::domain::audit::{AuditAction, Entry};
use crate::domain::filter;
use crate::domain::merchant_event_payload::{Connection, connection};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, Errors, Invalid};
use crate::state::AppState;

/// Query parameters: filter and page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    #[param(inline)]
    state: Option<filter::State>,
    customer: Option<HolderId>,
    /// Connected account whose customers hold the accounts.
    stripe_account: Option<StripeAccountId>,
    /// Number of items, from 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
    /// Id of the last item of the page before.
    #[param(min_length = 1, max_length = 160, pattern = "^[A-Za-z0-9_:.-]+$")]
    starting_after: Option<String>,
}

/// Returns a page of connections, ordered by id.
#[utoipa::path(
    get,
    path = "/api/connections",
    operation_id = "list_connections",
    tag = "accounts",
    summary = "List all connections",
    security(("api_key" = ["accounts:read"])),
    params(Params),
    responses(
        (status = 200, description = "A page of connections, ordered by id", body = List<Connection>),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    by: BackEnd<scope::AccountsRead>,
    Query(wanted): Query<Params>,
) -> Result<Response, ApiError> {
    let page = Page::new(wanted.limit, wanted.starting_after)?;
    let state = wanted.state.map(filter::State::as_str);
    let detail = json!({
        "state": state, "stripe_account": wanted.stripe_account, "limit": wanted.limit, "starting_after": page.after
    });
    let entry = Entry {
        customer: wanted.customer.clone(),
        ..Entry::of(by.source(), AuditAction::ConnectionsListed, detail)
    };
    app.audit.record(&entry).await?;
    let kept = app.store.connections(
        state,
        wanted.customer.as_ref(),
        wanted.stripe_account.as_ref(),
        page.after.as_deref(),
        page.to_read(),
    );
    let kept = kept.await?;
    Ok(page.answer(kept.iter().map(connection).collect()))
}

//! `GET /api/deliveries` and its sub-resources: merchant events, their delivery, and replays.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::paging::{List, Page, is_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, Errors, Invalid, Missing};
use crate::state::AppState;
use crate::store::merchant_events::{Delivery, State as Progress};

/// Query parameters: filter and page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    #[param(inline)]
    state: Option<Progress>,
    /// Number of items, from 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
    /// Id of the last item of the page before.
    #[param(min_length = 1, max_length = 160, pattern = "^[A-Za-z0-9_:.-]+$")]
    starting_after: Option<String>,
}

/// Merchant event with its payload.
#[derive(Serialize, ToSchema)]
struct DeliveryWithPayload {
    #[serde(flatten)]
    delivery: Delivery,
    payload: Value,
}

/// Returns a page of merchant events, newest first.
#[utoipa::path(
    get,
    path = "/api/deliveries",
    operation_id = "list_deliveries",
    tag = "operations",
    summary = "List merchant events, newest first",
    security(("api_key" = ["operations:read"])),
    params(Params),
    responses(
        (status = 200, description = "A page of events and their deliveries", body = List<Delivery>),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::OperationsRead>,
    Query(wanted): Query<Params>,
) -> Result<Response, ApiError> {
    let page = Page::new(wanted.limit, wanted.starting_after)?;
    let deliveries = app.store.deliveries(wanted.state, page.after.as_deref(), page.to_read()).await?;
    Ok(page.answer(deliveries))
}

/// `GET /api/deliveries/{id}`: one merchant event.
#[utoipa::path(
    get,
    path = "/api/deliveries/{id}",
    operation_id = "read_delivery",
    tag = "operations",
    summary = "Read a merchant event",
    security(("api_key" = ["operations:read"])),
    params(("id" = String, Path, description = "Merchant event", example = "msg_019acb5e7d2a7c339b1f3e2f4a5b6c7d")),
    responses(
        (status = 200, description = "The event with its payload", body = DeliveryWithPayload),
        Errors<(ByBackEnd, Missing)>,
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::OperationsRead>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(([(CACHE_CONTROL, "no-store")], Json(whole(&app, &id).await?)).into_response())
}

/// `POST /api/deliveries/{id}/replay`: sends the event again with the same id, whatever its state.
#[utoipa::path(
    post,
    path = "/api/deliveries/{id}/replay",
    operation_id = "replay_delivery",
    tag = "operations",
    summary = "Send a merchant event again",
    security(("api_key" = ["operations:write"])),
    params(("id" = String, Path, description = "Merchant event", example = "msg_019acb5e7d2a7c339b1f3e2f4a5b6c7d")),
    responses(
        (status = 202, description = "The event will be sent again", body = DeliveryWithPayload),
        Errors<(ByBackEnd, Missing)>,
    )
)]
pub(crate) async fn replay(
    State(app): State<Arc<AppState>>,
    by: BackEnd<scope::OperationsWrite>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let entry = Entry::of(by.source(), AuditAction::MessageReplayed, json!({"message": id}));
    if !is_name(&id) || !app.store.replay_merchant_event(&id, &entry, crate::clock::now()).await? {
        return Err(ApiError::NotFound);
    }
    app.connections.messages().notify_one();
    tracing::info!(message = id, "message {id} is sent once more");
    let whole = whole(&app, &id).await?;
    Ok((StatusCode::ACCEPTED, [(CACHE_CONTROL, "no-store")], Json(whole)).into_response())
}

async fn whole(app: &AppState, id: &str) -> Result<DeliveryWithPayload, ApiError> {
    let found = if is_name(id) { app.store.delivery(id).await? } else { None };
    let (delivery, payload) = found.ok_or(ApiError::NotFound)?;
    let payload = serde_json::from_str(&payload).map_err(|_| ApiError::Internal)?;
    Ok(DeliveryWithPayload { delivery, payload })
}

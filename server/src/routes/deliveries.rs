//! `GET /api/deliveries` and its sub-resources: merchant events, their delivery, and replays.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::paging::{Page, is_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::state::AppState;
use crate::store::merchant_events::{Delivery, State as Progress};

/// Query parameters: filter and page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    state: Option<Progress>,
    limit: Option<i64>,
    starting_after: Option<String>,
}

/// Merchant event with its payload.
#[derive(Serialize)]
struct DeliveryWithPayload {
    #[serde(flatten)]
    delivery: Delivery,
    payload: Value,
}

/// Returns a page of merchant events, newest first.
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
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::OperationsRead>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(([(CACHE_CONTROL, "no-store")], Json(whole(&app, &id).await?)).into_response())
}

/// `POST /api/deliveries/{id}/replay`: sends the event again with the same id, whatever its state.
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
    let delivery = found.ok_or(ApiError::NotFound)?;
    let payload = serde_json::from_str(&delivery.payload).map_err(|_| ApiError::Internal)?;
    Ok(DeliveryWithPayload { delivery, payload })
}

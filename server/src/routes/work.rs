//! `GET /api/work` and its sub-resources: the job queue, including jobs that were given up, and retries.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::paging::{Page, is_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::state::AppState;
use crate::store::job_queue::list::QueuePart;

/// Query parameters: filter and page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    state: Option<QueuePart>,
    limit: Option<i64>,
    starting_after: Option<String>,
}

/// Returns a page of jobs, ordered by id.
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    _: BackEnd<scope::OperationsRead>,
    Query(wanted): Query<Params>,
) -> Result<Response, ApiError> {
    let page = Page::new(wanted.limit, wanted.starting_after)?;
    let now = crate::clock::now();
    let items = app.store.list_jobs(wanted.state, page.after.as_deref(), page.to_read(), now).await?;
    Ok(page.answer(items))
}

/// `POST /api/work/{id}/retry`: retries a job as if it had never failed.
pub(crate) async fn retry(
    State(app): State<Arc<AppState>>,
    by: BackEnd<scope::OperationsWrite>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let entry = Entry::of(by.source(), AuditAction::WorkRetried, json!({"work": id}));
    if !is_name(&id) || !app.store.retry_job(&id, &entry, crate::clock::now()).await? {
        return Err(ApiError::NotFound);
    }
    app.connections.work().notify_one();
    tracing::info!(work = id, "{id} is tried again");
    Ok(StatusCode::ACCEPTED)
}

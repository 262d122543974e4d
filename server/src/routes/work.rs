//! `GET /api/work` and its sub-resources: the job queue, including jobs that were given up, and retries.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::paging::{List, Page, is_name};
use crate::domain::audit::{AuditAction, Entry};
use crate::http::error::ApiError;
use crate::http::extract::{BackEnd, scope};
use crate::openapi::errors::{ByBackEnd, Errors, Invalid, Missing};
use crate::state::AppState;
use crate::store::job_queue::list::{JobRow, QueuePart};

/// Query parameters: filter and page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    #[param(inline)]
    state: Option<QueuePart>,
    /// Number of items, from 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
    /// Id of the last item of the page before.
    #[param(min_length = 1, max_length = 160, pattern = "^[A-Za-z0-9_:.-]+$")]
    starting_after: Option<String>,
}

/// Returns a page of jobs, ordered by id.
#[utoipa::path(
    get,
    path = "/api/work",
    operation_id = "list_jobs",
    tag = "operations",
    summary = "List jobs",
    security(("api_key" = ["operations:read"])),
    params(Params),
    responses(
        (status = 200, description = "A page of jobs, ordered by id", body = List<JobRow>),
        Errors<(ByBackEnd, Invalid)>,
    )
)]
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
#[utoipa::path(
    post,
    path = "/api/work/{id}/retry",
    operation_id = "retry_job",
    tag = "operations",
    summary = "Retry a job as if it had never failed",
    security(("api_key" = ["operations:write"])),
    params(("id" = String, Path, description = "Job", example = "account:fca_1a2B3c")),
    responses(
        (status = 202, description = "The job is due now"),
        Errors<(ByBackEnd, Missing)>,
    )
)]
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

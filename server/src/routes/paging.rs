//! Cursor pagination as in Stripe's API: `limit`, `starting_after`, `has_more`.

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;

const USUAL: i64 = 10;
const MOST: i64 = 100;
const LONGEST_CURSOR: usize = 160;

/// Page of a list.
#[derive(Debug)]
pub(super) struct Page {
    limit: i64,
    pub(super) after: Option<String>,
}

impl Page {
    pub(super) fn new(limit: Option<i64>, after: Option<String>) -> Result<Self, ApiError> {
        let limit = limit.unwrap_or(USUAL);
        let is_page = (1..=MOST).contains(&limit) && after.as_deref().is_none_or(is_name);
        if is_page { Ok(Self { limit, after }) } else { Err(ApiError::NotUnderstood) }
    }

    /// Number of rows to read: one more than shown, to find out if there are more.
    pub(super) fn to_read(&self) -> i64 {
        self.limit + 1
    }

    pub(super) fn answer<T: Serialize>(&self, mut data: Vec<T>) -> Response {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = data.len() > limit;
        data.truncate(limit);
        ([(CACHE_CONTROL, "no-store")], Json(List { object: "list", data, has_more })).into_response()
    }
}

/// True if the text can be an id of a row.
pub(super) fn is_name(text: &str) -> bool {
    (1..=LONGEST_CURSOR).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte))
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    #[schema(example = "list")]
    object: &'static str,
    data: Vec<T>,
    /// True if there are more pages.
    has_more: bool,
}

//! Rejects NUL, the one character that PostgreSQL can't store in a text.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::http::error::ApiError;

/// Rejects NUL in a path or a query, with either database. PostgreSQL itself rejects it in a value from a body.
pub(crate) async fn refuse(request: Request, next: Next) -> Result<Response, ApiError> {
    // A URI can't contain a raw NUL.
    let holds_nul = |part: &str| part.contains("%00");
    if holds_nul(request.uri().path()) {
        return Err(ApiError::NotFound);
    }
    if request.uri().query().is_some_and(holds_nul) {
        return Err(ApiError::NotUnderstood);
    }
    Ok(next.run(request).await)
}

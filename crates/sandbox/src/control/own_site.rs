//! Keeps other websites out: a form of theirs could otherwise change a sandbox that somebody runs beside them.

use axum::{extract::Request, middleware::Next, response::Response};

use crate::http::error::ApiError;

/// Refuses changes that a browser says come from another website. Programs say nothing of the kind and may.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Result<Response, ApiError> {
    let is_foreign = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_foreign && !request.method().is_safe() {
        return Err(ApiError::forbidden("Another website may not change this sandbox."));
    }
    Ok(next.run(request).await)
}

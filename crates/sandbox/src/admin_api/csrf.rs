//! Protection against cross-site requests: another website's form could change a sandbox on the same machine.

use axum::{extract::Request, middleware::Next, response::Response};

use crate::http::error::ApiError;

/// Refuses changes that a browser marks as cross-site. Programs don't send the header and are allowed.
pub(crate) async fn refuse_cross_site(request: Request, next: Next) -> Result<Response, ApiError> {
    let is_foreign = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_foreign && !request.method().is_safe() {
        return Err(ApiError::forbidden(None, "Another website may not change this sandbox."));
    }
    Ok(next.run(request).await)
}

//! Rate limits: calls per second, in total and per endpoint. Off by default.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::ApiError;
use crate::state::Sandbox;

/// Middleware of the API. It sends no `Retry-After`, because Stripe doesn't.
pub(crate) async fn limit_rate(
    State(sandbox): State<Sandbox>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let endpoint = format!("{} {}", request.method(), path.as_str());
    let excess = {
        let mut state = sandbox.lock();
        let (second, settings) = (state.real_time, &state.world.settings);
        let (limit, endpoint_limit) = (settings.rate_limit, settings.endpoint_rate_limit);
        state.rates.count(second, &endpoint, limit, endpoint_limit)
    };
    match excess {
        Some(excess) => ApiError::rate_limited(excess).into_response(),
        None => next.run(request).await,
    }
}

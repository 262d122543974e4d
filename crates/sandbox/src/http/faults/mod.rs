//! Counts calls per route and injects the faults that tests asked for.

mod apply;
mod ga_shape;
mod truncated_body;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

pub(crate) use self::apply::ErrorAfterExecution;
use crate::state::Sandbox;

/// Middleware of all routes except the tests' own.
pub(crate) async fn count_and_inject_faults(
    State(sandbox): State<Sandbox>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let pattern = format!("{} {}", request.method(), path.as_str());
    let route = format!("{} {}", request.method(), request.uri().path());
    let fault = {
        let mut state = sandbox.lock();
        state.count_call(&pattern);
        let now = state.world.now;
        state.faults.take_matching(&pattern, &route, now)
    };
    match fault {
        Some(fault) => apply::apply(&sandbox, &fault, request, next).await,
        None => next.run(request).await,
    }
}

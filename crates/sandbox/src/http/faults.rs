//! Counts the calls per route, and answers with an error where a test asked for one.

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiError;
use crate::state::Sandbox;

/// The next `times` calls of `route` are answered with `status`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Fault {
    /// Method and path, as sent (`GET /v1/…/fca_1`) or as a pattern (`GET /v1/…/{id}`).
    route: String,
    status: u16,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let status = StatusCode::from_u16(self.status).map_err(|_| self.status);
        match status {
            Ok(status) if status.is_client_error() || status.is_server_error() => Ok(()),
            _ => Err(ApiError::invalid("status", "status must be from 400 to 599.")),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "route": self.route, "status": self.status, "times": self.times })
    }
}

/// Uses up one time of the first fault for either spelling of the route.
pub(crate) fn strike(faults: &mut [Fault], pattern: &str, route: &str) -> Option<StatusCode> {
    let applies = |fault: &&mut Fault| fault.times > 0 && (fault.route == pattern || fault.route == route);
    let fault = faults.iter_mut().find(applies)?;
    fault.times -= 1;
    StatusCode::from_u16(fault.status).ok()
}

/// Layer of everything but the tests' own endpoints.
pub(crate) async fn count_and_fail(
    State(sandbox): State<Sandbox>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let pattern = format!("{} {}", request.method(), path.as_str());
    let route = format!("{} {}", request.method(), request.uri().path());
    let struck = sandbox.lock().record_call(&pattern, &route);
    match struck {
        Some(status) => ApiError::fault(status).into_response(),
        None => next.run(request).await,
    }
}

//! Executes faults.

use std::{future, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{ga_shape, truncated_body};
use crate::{
    http::{
        api_call::requested_version, connection_reset::ConnectionHandle, error::ApiError,
        idempotency::hold_key,
    },
    state::{
        Sandbox,
        fault::{Fault, FaultKind},
    },
    version::Version,
};

/// Maximum size in bytes of a response to distort; larger than any that the sandbox sends.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
const GARBAGE: &str = "\u{1}<<< this is no answer >>>{\"";

/// Request extension: the call is executed but answered with this error, which is stored for its idempotency key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorAfterExecution(pub(crate) StatusCode);

pub(super) async fn apply(sandbox: &Sandbox, fault: &Fault, mut request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<ConnectionHandle>>().map(|info| info.0.clone());
    match fault.kind {
        FaultKind::Status => {
            let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if fault.executed {
                request.extensions_mut().insert(ErrorAfterExecution(status));
                next.run(request).await;
            }
            ApiError::fault(status).with_retry_advice(fault.should_retry).into_response()
        }
        FaultKind::LockTimeout => {
            ApiError::lock_timeout().with_retry_advice(fault.should_retry).into_response()
        }
        FaultKind::Slow => {
            let held_key = hold_key(sandbox, request.headers());
            tokio::time::sleep(Duration::from_millis(fault.delay_milliseconds())).await;
            drop(held_key);
            next.run(request).await
        }
        FaultKind::NoResponse | FaultKind::Reset => {
            let held_key = hold_key(sandbox, request.headers()).filter(|_| !fault.executed);
            if fault.executed {
                next.run(request).await;
            }
            if fault.kind == FaultKind::NoResponse {
                future::pending::<()>().await;
            }
            drop(held_key);
            if let Some(connection) = connection {
                connection.reset();
            }
            truncated_body::response(StatusCode::OK, header::HeaderMap::new(), &Bytes::new())
        }
        FaultKind::Truncate
        | FaultKind::Garbage
        | FaultKind::Empty
        | FaultKind::ContentType
        | FaultKind::GaShape => {
            let version = requested_version(request.headers(), sandbox).unwrap_or_default();
            distort_response(fault.kind, &version, next.run(request).await).await
        }
    }
}

/// Distorts the real response.
async fn distort_response(kind: FaultKind, version: &Version, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = match kind {
        FaultKind::Truncate => return truncated_body::response(parts.status, parts.headers, &body),
        FaultKind::Garbage => Bytes::from_static(GARBAGE.as_bytes()),
        FaultKind::Empty => Bytes::new(),
        FaultKind::GaShape if version.has_relink() => ga_shape::strip(&body),
        FaultKind::ContentType => {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            body
        }
        FaultKind::GaShape
        | FaultKind::Status
        | FaultKind::LockTimeout
        | FaultKind::Slow
        | FaultKind::NoResponse
        | FaultKind::Reset => body,
    };
    Response::from_parts(parts, Body::from(body))
}

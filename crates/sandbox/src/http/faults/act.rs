//! Executes faults.

use std::{future, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Fault, fault::Kind, ga_shape, torn};
use crate::{
    http::{error::ApiError, idempotency::hold_key, line::Line, version::Version},
    state::Sandbox,
};

/// Maximum size in bytes of a response to distort; larger than any that the sandbox sends.
const LARGEST: usize = 16 * 1024 * 1024;
const GARBAGE: &str = "\u{1}<<< this is no answer >>>{\"";

/// Request extension: the call is executed but answered with this error, which is stored for its idempotency key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailsAfter(pub(crate) StatusCode);

pub(super) async fn act(sandbox: &Sandbox, fault: &Fault, mut request: Request, next: Next) -> Response {
    let line = request.extensions().get::<ConnectInfo<Line>>().map(|info| info.0.clone());
    match fault.kind {
        Kind::Status => {
            let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok());
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if fault.executed {
                request.extensions_mut().insert(FailsAfter(status));
                next.run(request).await;
            }
            ApiError::fault(status).into_response()
        }
        Kind::Slow => {
            let held = hold_key(sandbox, request.headers());
            tokio::time::sleep(Duration::from_millis(fault.slowness())).await;
            drop(held);
            next.run(request).await
        }
        Kind::Silent | Kind::Reset => {
            let held = hold_key(sandbox, request.headers()).filter(|_| !fault.executed);
            if fault.executed {
                next.run(request).await;
            }
            if fault.kind == Kind::Silent {
                future::pending::<()>().await;
            }
            drop(held);
            if let Some(line) = line {
                line.reset();
            }
            torn::response(StatusCode::OK, header::HeaderMap::new(), &Bytes::new())
        }
        Kind::Cut | Kind::Garbage | Kind::Empty | Kind::ContentType | Kind::GaShape => {
            let version = Version::of(request.headers()).unwrap_or_default();
            distort(fault.kind, &version, next.run(request).await).await
        }
    }
}

/// Distorts the real response.
async fn distort(kind: Kind, version: &Version, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = match kind {
        Kind::Cut => return torn::response(parts.status, parts.headers, &body),
        Kind::Garbage => Bytes::from_static(GARBAGE.as_bytes()),
        Kind::Empty => Bytes::new(),
        Kind::GaShape if version.has_relink() => ga_shape::strip(&body),
        Kind::ContentType => {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            body
        }
        Kind::GaShape | Kind::Status | Kind::Slow | Kind::Silent | Kind::Reset => body,
    };
    Response::from_parts(parts, Body::from(body))
}

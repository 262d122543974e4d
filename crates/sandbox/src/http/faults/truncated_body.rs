//! Responses that are truncated in the middle of the body.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use futures_core::Stream;

/// Returns a response that announces the whole body in `Content-Length` and ends the connection after half of it.
pub(super) fn response(status: StatusCode, mut headers: HeaderMap, body: &Bytes) -> Response {
    let promised = body.len().max(1);
    headers.insert(header::CONTENT_LENGTH, promised.into());
    let half = body.slice(..body.len() / 2);
    let mut response = Response::new(Body::from_stream(TruncatedBody::FirstHalf(half)));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

enum TruncatedBody {
    FirstHalf(Bytes),
    /// Pending once, so that the first half is sent before the connection ends.
    Flushing,
    End,
}

impl Stream for TruncatedBody {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match std::mem::replace(&mut *self, Self::End) {
            Self::FirstHalf(half) => {
                *self = Self::Flushing;
                Poll::Ready(Some(Ok(half)))
            }
            Self::Flushing => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::End => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
        }
    }
}

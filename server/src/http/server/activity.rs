//! Tracks whether a connection has a request in progress. The connection's stream, service and response body share it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// State of one connection. Only the connection's own task reads and writes it, so relaxed ordering suffices.
#[derive(Debug, Default)]
pub(super) struct Activity {
    is_answering: AtomicBool,
    answered: AtomicU64,
    is_blocked: AtomicBool,
}

impl Activity {
    /// True from the arrival of a request's headers to the end of the response body.
    pub(super) fn is_answering(&self) -> bool {
        self.is_answering.load(Ordering::Relaxed)
    }

    /// Number of requests answered on this connection.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Records whether the client is blocking writes.
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.is_blocked.store(is_blocked, Ordering::Relaxed);
    }

    /// True if closing the connection now would lose nothing.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_answering() && !self.is_blocked.load(Ordering::Relaxed)
    }
}

/// Marks a request as in progress until it is dropped.
#[derive(Debug)]
pub(super) struct RequestGuard(Arc<Activity>);

impl RequestGuard {
    pub(super) fn begin(activity: &Arc<Activity>) -> Self {
        activity.is_answering.store(true, Ordering::Relaxed);
        Self(activity.clone())
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.is_answering.store(false, Ordering::Relaxed);
        self.0.answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Response body, whose end is the end of the request.
#[derive(Debug)]
pub(super) struct GuardedBody {
    pub(super) body: Body,
    pub(super) _answering: RequestGuard,
}

impl HttpBody for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

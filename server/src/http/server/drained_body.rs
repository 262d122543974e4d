//! Request body of which the rest is read if the response does not need it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Frame, Incoming, SizeHint};

/// Maximum number of bytes that are read for nothing, several times the largest body of any route.
const MAX_REST: usize = 256 * 1024;
/// Time limit for them, like that of a request's headers.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// Reads its rest in the background when it is dropped, so that the connection stays usable.
///
/// Without that, hyper closes the connection after the response. A proxy that is still sending the body would take that
/// for a failure of the server, and answer the customer with 502 rather than with the response.
#[derive(Debug)]
pub(super) struct DrainedBody(Option<Incoming>);

impl DrainedBody {
    pub(super) fn new(body: Incoming) -> Self {
        Self(Some(body))
    }
}

impl Drop for DrainedBody {
    fn drop(&mut self) {
        if let Some(body) = self.0.take().filter(|body| !body.is_end_stream()) {
            tokio::spawn(tokio::time::timeout(LONGEST_REST, drain(body)));
        }
    }
}

/// Reads to the end. Ignores errors: the connection has ended then, or the rest is too large.
async fn drain(body: Incoming) {
    let mut body = Limited::new(body, MAX_REST);
    while let Some(Ok(_)) = body.frame().await {}
}

impl HttpBody for DrainedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

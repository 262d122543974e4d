//! Serves one connection, from its first byte to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::activity::{Activity, GuardedBody, RequestGuard};
use super::admission::Slot;
use super::drained_body::DrainedBody;
use super::early_checks::{check_health_only, check_host};
use super::limits::Timeouts;
use super::timed_stream::TimedStream;
use crate::shutdown::Shutdown;

/// Maximum size of a request's line and headers, and of a connection's buffers.
const LARGEST_HEADER: usize = 32 * 1024;

/// State that all connections of a listener share.
#[derive(Debug)]
pub(super) struct ConnectionServer {
    pub(super) router: Router,
    pub(super) timeouts: Timeouts,
    /// Path of the public URL.
    pub(super) base_path: String,
    pub(super) shutdown: Shutdown,
}

impl ConnectionServer {
    /// Serves the connection until it ends. Without a slot it gets one response, and only to a health check.
    pub(super) async fn run(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, place: Option<Slot>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began: {error}");
            return;
        }
        let activity = Arc::new(Activity::default());
        let stream = TokioIo::new(TimedStream::new(stream, activity.clone(), self.timeouts));
        let is_extra = place.is_none();
        let service = service_fn(|request| {
            let answering = RequestGuard::begin(&activity);
            let answered = self.clone().answer(request, peer, is_extra);
            async move {
                let response = answered.await;
                Ok::<_, Infallible>(response.map(|body| GuardedBody { body, _answering: answering }))
            }
        });
        let mut connection = pin!(self.http(is_extra).serve_connection(stream, service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.shutdown.stopped() => {
                if activity.is_idle() {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early: {error}");
        }
    }

    /// Returns hyper's settings. The stream enforces the exact timeouts; hyper's own is a backstop, and makes hyper
    /// read again after each response.
    fn http(&self, is_extra: bool) -> http1::Builder {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.timeouts.keep_alive + self.timeouts.header)
            .max_header_size(LARGEST_HEADER)
            .max_buf_size(LARGEST_HEADER)
            .keep_alive(!is_extra);
        http
    }

    async fn answer(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        is_extra: bool,
    ) -> Response {
        let refused = check_host(&request)
            .or_else(|| is_extra.then(|| check_health_only(&request, &self.base_path)).flatten());
        let mut response = if let Some(refused) = refused {
            refused
        } else {
            request.extensions_mut().insert(ConnectInfo(peer));
            match self.router.clone().oneshot(request.map(DrainedBody::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        if self.shutdown.is_draining() {
            // Makes a load balancer open its next connection to another server.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

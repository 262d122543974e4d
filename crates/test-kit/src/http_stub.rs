//! HTTP server on a loopback address, for stubs.

use std::convert::Infallible;

use anyhow::Result;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// Running stub. It stops accepting connections when it is dropped.
#[derive(Debug)]
pub struct HttpStub {
    host: String,
    task: AbortHandle,
}

impl HttpStub {
    /// Starts on a free port. `respond` gets a clone of `state` with each request.
    pub async fn start<S, F>(
        state: S,
        respond: impl Fn(S, Request<Incoming>) -> F + Copy + Send + 'static,
    ) -> Result<Self>
    where
        S: Clone + Send + 'static,
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let host = listener.local_addr()?.to_string();
        let task = tokio::spawn(listen(listener, state, respond)).abort_handle();
        Ok(Self { host, task })
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for HttpStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen<S, F>(
    listener: TcpListener,
    state: S,
    respond: impl Fn(S, Request<Incoming>) -> F + Copy + Send + 'static,
) where
    S: Clone + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        let service = service_fn(move |request| {
            let response = respond(state.clone(), request);
            async move { Ok::<_, Infallible>(response.await) }
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(async move {
            // Ignore errors: a killed server closes its connections half-way.
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Creates a response with a JSON body.
pub fn json_response(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

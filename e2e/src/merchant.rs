//! The merchant's back end, to which the server sends merchant events.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Heard = Arc<Mutex<Vec<Value>>>;

/// Webhook endpoint that accepts every message. Other tests verify the signatures. It stops when it is dropped.
#[derive(Debug)]
pub struct Merchant {
    url: String,
    heard: Heard,
    task: JoinHandle<()>,
}

impl Merchant {
    /// Starts to listen on a free port.
    pub async fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let heard = Heard::default();
        let task = tokio::spawn(listen(listener, Arc::clone(&heard)));
        Ok(Self { url, heard, task })
    }

    /// URL of the endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the types of the relink request events received, in order and without `relink_request.`.
    pub fn heard_of_requests(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let kinds = heard.iter().filter_map(|message| message["type"].as_str());
        kinds.filter_map(|kind| kind.strip_prefix("relink_request.")).map(str::to_owned).collect()
    }
}

impl Drop for Merchant {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, heard: Heard) {
    while let Ok((stream, _)) = listener.accept().await {
        let heard = Arc::clone(&heard);
        let service = service_fn(move |request| take(Arc::clone(&heard), request));
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(async move { connection.serve_connection(TokioIo::new(stream), service).await.ok() });
    }
}

async fn take(heard: Heard, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if let Ok(body) = request.into_body().collect().await
        && let Ok(message) = serde_json::from_slice(&body.to_bytes())
    {
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(message);
    }
    Ok(Response::new(Full::default()))
}

//! The merchant's endpoint for merchant events, which verifies their signatures.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// Merchant event with a valid signature.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// Type, such as `connection.broken`.
    pub(crate) kind: String,
    pub(crate) body: Value,
}

/// Merchant events by ID, so that one that was delivered twice counts once.
type Heard = Arc<Mutex<BTreeMap<String, Told>>>;

/// Endpoint on a loopback address. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    /// Secret in the server's format.
    pub(crate) secret: String,
    heard: Heard,
    forged: Arc<Mutex<u64>>,
    task: AbortHandle,
}

impl Receiver {
    pub(crate) async fn start() -> Result<Self> {
        let key: [u8; 32] = rand::random();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let (heard, forged) = (Heard::default(), Arc::default());
        let ears = Ears { key, heard: Arc::clone(&heard), forged: Arc::clone(&forged) };
        let task = tokio::spawn(listen(listener, ears)).abort_handle();
        Ok(Self { url, secret: format!("whsec_{}", STANDARD.encode(key)), heard, forged, task })
    }

    /// Returns everything received so far.
    pub(crate) fn heard(&self) -> BTreeMap<String, Told> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of messages without a valid signature.
    pub(crate) fn forged(&self) -> u64 {
        *self.forged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Ears {
    key: [u8; 32],
    heard: Heard,
    forged: Arc<Mutex<u64>>,
}

async fn listen(listener: TcpListener, ears: Ears) {
    while let Ok((stream, _)) = listener.accept().await {
        let ears = ears.clone();
        let service = service_fn(move |request| answer(ears.clone(), request));
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(async move {
            // Ignore errors: the server may be killed half-way.
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(ears: Ears, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let mut response = Response::new(Full::default());
    // Half a message from a killed server counts as not received.
    let Ok(body) = body.collect().await else { return Ok(response) };
    if let Ok((id, told)) = ears.take(&parts.headers, &body.to_bytes()) {
        ears.heard.lock().unwrap_or_else(PoisonError::into_inner).insert(id, told);
    } else {
        *ears.forged.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

impl Ears {
    fn take(&self, headers: &HeaderMap, body: &Bytes) -> Result<(String, Told)> {
        let header =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).context("no header");
        let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)?;
        for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
            mac.update(part);
        }
        let signatures = header("webhook-signature")?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        let is_right =
            |one: &str| STANDARD.decode(one).is_ok_and(|one| mac.clone().verify_slice(&one).is_ok());
        anyhow::ensure!(signatures.into_iter().any(is_right), "no right signature");
        let body: Value = serde_json::from_slice(body)?;
        let kind = body.get("type").and_then(Value::as_str).context("no type")?.to_owned();
        Ok((id.to_owned(), Told { kind, body }))
    }
}

//! The merchant's endpoint for merchant events, which verifies their signatures.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use sha2::Sha256;

use crate::http_stub::HttpStub;

/// Merchant event with a valid signature.
#[derive(Clone, Debug)]
pub struct MerchantEvent {
    /// ID, the same in each delivery of the event.
    pub id: String,
    /// Type, such as `connection.broken`.
    pub kind: String,
    /// Body of the message.
    pub body: Value,
}

/// Endpoint on a loopback address, which is also an empty page to which a customer can return. It stops when it is
/// dropped.
#[derive(Debug)]
pub struct MerchantEndpoint {
    url: String,
    secret: String,
    state: State,
    _server: HttpStub,
}

#[derive(Clone, Debug)]
struct State {
    key: [u8; 32],
    received: Arc<Mutex<Received>>,
}

#[derive(Debug, Default)]
struct Received {
    events: Vec<MerchantEvent>,
    ids: BTreeSet<String>,
    invalid_signatures: u64,
}

impl MerchantEndpoint {
    /// Starts on a free port, with a secret of its own.
    pub async fn start() -> Result<Self> {
        let state = State { key: rand::random(), received: Arc::default() };
        let server = HttpStub::start(state.clone(), respond).await?;
        let (url, secret) =
            (format!("http://{}/hook", server.host()), format!("whsec_{}", STANDARD.encode(state.key)));
        Ok(Self { url, secret, state, _server: server })
    }

    /// URL in the server's format.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Secret in the server's format.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Returns the events received so far, in order. An event that was delivered twice counts once.
    pub fn events(&self) -> Vec<MerchantEvent> {
        self.state.received().events.clone()
    }

    /// Returns the number of messages without a valid signature. None of them is among the events.
    pub fn invalid_signatures(&self) -> u64 {
        self.state.received().invalid_signatures
    }
}

impl State {
    fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn respond(state: State, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if request.method() != Method::POST {
        return Response::new(Full::default());
    }
    let (parts, body) = request.into_parts();
    let mut response = Response::new(Full::default());
    // Half a message from a killed server counts as not received.
    let Ok(body) = body.collect().await else { return response };
    let event = verified(&state.key, &parts.headers, &body.to_bytes());
    let mut received = state.received();
    if let Ok(event) = event {
        if received.ids.insert(event.id.clone()) {
            received.events.push(event);
        }
    } else {
        received.invalid_signatures += 1;
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}

/// Verifies a message by the rules of Standard Webhooks, and returns its event.
fn verified(key: &[u8], headers: &HeaderMap, body: &Bytes) -> Result<MerchantEvent> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).context("no header");
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
        mac.update(part);
    }
    let mut signatures = header("webhook-signature")?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let is_valid = |one: &str| STANDARD.decode(one).is_ok_and(|one| mac.clone().verify_slice(&one).is_ok());
    ensure!(signatures.any(is_valid), "no valid signature");
    let body: Value = serde_json::from_slice(body)?;
    let kind = body.get("type").and_then(Value::as_str).context("no type")?.to_owned();
    Ok(MerchantEvent { id: id.to_owned(), kind, body })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use http_body_util::Full;
    use hyper::body::Bytes;
    use hyper::client::conn::http1::handshake;
    use hyper::{Request, StatusCode};
    use hyper_util::rt::TokioIo;
    use sha2::Sha256;
    use tokio::net::TcpStream;

    use super::MerchantEndpoint;

    async fn deliver(endpoint: &MerchantEndpoint, id: &str, key: &[u8]) -> StatusCode {
        let body = r#"{"type":"connection.broken"}"#;
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("{id}.1764600000.{body}").as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let host = endpoint.url().trim_start_matches("http://").trim_end_matches("/hook");
        let stream = TcpStream::connect(host).await.unwrap();
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::post("/hook").header("host", host).header("webhook-id", id);
        let request =
            request.header("webhook-timestamp", "1764600000").header("webhook-signature", signature);
        let body = Full::new(Bytes::from_static(body.as_bytes()));
        sender.send_request(request.body(body).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn an_event_counts_once_and_only_with_a_valid_signature() {
        let endpoint = MerchantEndpoint::start().await.unwrap();
        let key = STANDARD.decode(endpoint.secret().trim_start_matches("whsec_")).unwrap();
        for id in ["msg_1", "msg_2", "msg_1"] {
            assert_eq!(deliver(&endpoint, id, &key).await, StatusCode::OK);
        }
        assert_eq!(deliver(&endpoint, "msg_3", b"another key").await, StatusCode::BAD_REQUEST);
        let ids: Vec<_> = endpoint.events().into_iter().map(|event| (event.id, event.kind)).collect();
        let expected = ["msg_1", "msg_2"].map(|id| (id.to_owned(), "connection.broken".to_owned()));
        assert_eq!(ids, expected);
        assert_eq!(endpoint.invalid_signatures(), 1);
    }
}

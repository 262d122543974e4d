//! A webhook receiver on its own socket.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify};

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Received {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Clone)]
struct Inbox {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    arrived: Arc<Notify>,
}

/// A merchant's webhook endpoint. Responds with the given statuses in turn, and with 200 after the last.
pub(crate) struct Receiver {
    pub(crate) url: String,
    inbox: Inbox,
}

impl Receiver {
    pub(crate) async fn new(answers: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let inbox = Inbox {
            received: Arc::default(),
            answers: Arc::new(Mutex::new(answers.to_vec())),
            arrived: Arc::default(),
        };
        let app = Router::new().fallback(receive).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inbox }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inbox.received.lock().unwrap().clone()
    }

    /// Waits until `count` requests were received.
    pub(crate) async fn came(&self, count: usize) {
        while self.received().len() < count {
            self.inbox.arrived.notified().await;
        }
    }

    /// Returns the received event types in order, without the prefix `financial_connections.`.
    pub(crate) fn types(&self) -> String {
        let name =
            |one: &Received| one.event()["type"].as_str().unwrap().replace("financial_connections.", "");
        self.received().iter().map(name).collect::<Vec<_>>().join(" ")
    }
}

async fn receive(
    State(inbox): State<Inbox>,
    request: Request,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    let (parts, body) = request.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    inbox.received.lock().unwrap().push(Received { headers: parts.headers, text });
    inbox.arrived.notify_one();
    let mut answers = inbox.answers.lock().unwrap();
    let status = if answers.is_empty() { 200 } else { answers.remove(0) };
    (StatusCode::from_u16(status).unwrap(), [("location", "/elsewhere")])
}

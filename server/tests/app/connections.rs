//! The accept loop: what a slow client can hold, and how the server stops.

use std::convert::Infallible;
use std::io::Read;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use relink_server::{Limits, serve};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wiremock::ResponseTemplate;
use wiremock::{Mock, matchers::method};

use crate::objects::form;
use crate::payment_method::{INTENTS, added, lenient, stripe_agrees};
use crate::support::{TestApp, request, token};

const SHORT: Limits =
    Limits { header: Duration::from_millis(200), connections: 2, drain: Duration::from_millis(500) };

async fn serving(app: &TestApp, limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = app.router.clone();
    let serving = tokio::spawn(async move {
        serve(listener, router, &limits, async { stopped.await.unwrap_or_default() }).await;
    });
    (address, stop, serving)
}

/// All that comes back until the server closes the connection.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // Closing what was not read to its end may also end in a reset.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_silent_or_half_spoken_connection_is_closed() {
    let app = TestApp::start().await;
    let (address, _stop, _serving) = serving(&app, SHORT).await;
    for bytes in [&b""[..], b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"G"] {
        let answer = exchange(address, bytes).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    // Silent after an answer, too.
    let answer = exchange(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

/// A body of which nothing ever arrives.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::start().await;
    let mut request = request(Method::POST, "/api/sessions", &token("cus_1"), Some(&json!({})));
    *request.body_mut() = Body::new(Endless);
    tokio::time::pause();
    assert_eq!(app.send(request).await.problem(), (408, "invalid_request".to_owned()));
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_their_turn() {
    let app = TestApp::start().await;
    let (address, _stop, _serving) = serving(&app, SHORT).await;
    let held = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
    let answer = exchange(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // So one of them had to go first.
    let is_open = |stream: TcpStream| {
        let read = stream.into_std().unwrap().read(&mut [0]);
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    };
    assert!(!(is_open(held.0) && is_open(held.1)));
}

#[tokio::test]
async fn stopping_lets_an_answer_under_way_finish_and_takes_no_new_connection() {
    let app = TestApp::start().await;
    let slow = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    Mock::given(method("GET"))
        .respond_with(slow.set_delay(Duration::from_millis(150)))
        .mount(&app.stripe)
        .await;
    let (address, stop, serving) = serving(&app, SHORT).await;
    let head =
        format!("GET /api/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", token("cus_1"));
    let asked = tokio::spawn(async move { exchange(address, head.as_bytes()).await });
    while app.stripe.received_requests().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    assert!(asked.await.unwrap().starts_with("HTTP/1.1 503"));
    serving.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_mandate_records_where_the_connection_comes_from() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    stripe_agrees(&app).await;
    let (address, _stop, _serving) = serving(&app, SHORT).await;
    let body = r#"{"account":"fca_new"}"#;
    let request = format!(
        "POST /api/sessions/fcsess_1/payment-method HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \
         {mine}\r\nUser-Agent: Browser\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(exchange(address, request.as_bytes()).await.starts_with("HTTP/1.1 204"));
    let sent = form(&app.posts_to(INTENTS).await[0]);
    assert!(sent.contains("[ip_address]=127.0.0.1\n") && sent.contains("[user_agent]=Browser\n"), "{sent}");
}

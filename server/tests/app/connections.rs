//! The HTTP server over real sockets: limits for slow and greedy clients, and graceful shutdown.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use relink_server::{Limits, Options, RequestOptions, Shutdown, Timeouts, TrustedProxies, serve};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use wiremock::ResponseTemplate;
use wiremock::{Mock, matchers::method};

use crate::base_path::PUBLIC;
use crate::objects::form;
use crate::payment_method::{INTENTS, added, lenient, stripe_agrees};
use crate::support::{TestApp, config, request, shop, token};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
const PAGE: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
/// Timeout that only a failing test reaches.
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns limits that no test reaches by accident.
fn wide() -> Limits {
    Limits {
        timeouts: Timeouts { header: PATIENCE, keep_alive: PATIENCE, write: PATIENCE },
        connections: 100,
        connections_per_address: 100,
        proxies: TrustedProxies::default(),
        drain: PATIENCE,
        base_path: String::new(),
    }
}

struct Serving {
    address: SocketAddr,
    shutdown: Shutdown,
    ended: JoinHandle<()>,
}

async fn serving(app: &TestApp, limits: Limits) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = app.app.shutdown().clone();
    let (router, stopping) = (app.router.clone(), shutdown.clone());
    let ended = tokio::spawn(async move { serve(listener, router, &limits, &stopping).await });
    Serving { address, shutdown, ended }
}

/// Sends `text`, and returns all that the server sends before it closes the connection.
async fn exchange(address: SocketAddr, text: &str) -> String {
    answer(TcpStream::connect(address).await.unwrap(), text).await
}

/// Does the same from another address of this machine.
async fn exchange_from(client: &str, address: SocketAddr, text: &str) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(client.parse().unwrap(), 0)).unwrap();
    answer(socket.connect(address).await.unwrap(), text).await
}

async fn answer(mut stream: TcpStream, text: &str) -> String {
    // If the server closes the connection early, both calls may end in a reset.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ =
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a request on a keep-alive connection, and reads the response.
async fn keep_open(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok\n") {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
    }
    stream
}

async fn ends(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the server closes the connection");
}

#[tokio::test]
async fn a_silent_or_half_sent_request_is_given_up() {
    let app = TestApp::start().await;
    let header = Duration::from_millis(200);
    let limits = Limits { timeouts: Timeouts { header, ..wide().timeouts }, ..wide() };
    let Serving { address, .. } = serving(&app, limits).await;
    for text in ["", "GET /healthz HTTP/1.1\r\nHost: x\r\n", "G"] {
        let answer = exchange(address, text).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    // A second request on the same connection has the same timeout.
    let mut stream = keep_open(address).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    ends(stream).await;
}

#[tokio::test]
async fn an_idle_connection_is_kept_for_longer_than_headers_take() {
    let app = TestApp::start().await;
    let (header, keep_alive) = (Duration::from_millis(50), Duration::from_millis(600));
    let limits = Limits { timeouts: Timeouts { header, keep_alive, ..wide().timeouts }, ..wide() };
    let Serving { address, .. } = serving(&app, limits).await;
    let asked = Instant::now();
    ends(keep_open(address).await).await;
    assert!(asked.elapsed() >= keep_alive, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_disconnected() {
    let app = TestApp::start().await;
    app.file("large.txt", &vec![b'x'; 32 * 1024 * 1024]);
    let write = Duration::from_millis(200);
    let limits = Limits { timeouts: Timeouts { write, ..wide().timeouts }, connections: 1, ..wide() };
    let Serving { address, .. } = serving(&app, limits).await;
    let mut reader = TcpStream::connect(address).await.unwrap();
    reader.write_all(b"GET /large.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    reader.readable().await.unwrap();
    let waiting = async { while !exchange(address, PAGE).await.starts_with("HTTP/1.1 200 OK") {} };
    timeout(PATIENCE, waiting).await.expect("its place is given back");
}

#[tokio::test]
async fn headers_of_more_than_32_kilobytes_are_refused() {
    let app = TestApp::start().await;
    let Serving { address, .. } = serving(&app, wide()).await;
    let with = |bytes: usize| {
        format!(
            "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: {}\r\n\r\n",
            "x".repeat(bytes)
        )
    };
    assert!(exchange(address, &with(31_000)).await.starts_with("HTTP/1.1 200 OK"));
    assert!(exchange(address, &with(33_000)).await.starts_with("HTTP/1.1 431 "));
    let many = "X-One: x\r\n".repeat(200);
    let answer = exchange(address, &format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_request_needs_exactly_one_host() {
    let app = TestApp::start().await;
    let Serving { address, .. } = serving(&app, wide()).await;
    for (hosts, status) in [("", "400"), ("Host: x\r\n", "200"), ("Host: x\r\nHost: y\r\n", "400")] {
        let request = format!("GET /healthz HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        let answer = exchange(address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{hosts}: {answer}");
    }
    let old = exchange(address, "GET /healthz HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 OK"), "{old}");
}

/// Body that never sends any bytes.
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
async fn one_address_cannot_take_all_connections() {
    let app = TestApp::start().await;
    let Serving { address, .. } = serving(&app, Limits { connections_per_address: 2, ..wide() }).await;
    let silent = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
    let refused = exchange(address, PAGE).await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 5\r\n"), "{refused}");
    assert!(exchange_from("127.0.0.2", address, PAGE).await.starts_with("HTTP/1.1 200 OK"));
    drop(silent.0);
    let waiting = async { while !exchange(address, PAGE).await.starts_with("HTTP/1.1 200 OK") {} };
    timeout(PATIENCE, waiting).await.expect("its place is given back");
}

#[tokio::test]
async fn health_checks_are_answered_when_all_connections_are_taken() {
    let behind_a_path = |options: Options| Options {
        requests: RequestOptions { public_url: Some(PUBLIC.to_owned()), ..options.requests.clone() },
        ..options
    };
    let app = TestApp::with(behind_a_path).await;
    let set = Limits::of(&config(behind_a_path(shop(&app.stripe.uri(), app.web_root.path()))));
    let limits = Limits { connections: 2, base_path: set.base_path, ..wide() };
    let Serving { address, .. } = serving(&app, limits).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    for path in ["/healthz", "/readyz", "/relink/healthz", "/relink/readyz"] {
        let answer = exchange(address, &HEALTH.replace("/healthz", path)).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    let refused = exchange(address, PAGE).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
}

#[tokio::test]
async fn stopping_lets_an_answer_under_way_finish_and_takes_no_new_connection() {
    let app = TestApp::start().await;
    let slow = ResponseTemplate::new(503).insert_header("stripe-should-retry", "false");
    Mock::given(method("GET"))
        .respond_with(slow.set_delay(Duration::from_millis(150)))
        .mount(&app.stripe)
        .await;
    let Serving { address, shutdown, ended } = serving(&app, wide()).await;
    let head =
        format!("GET /api/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", token("cus_1"));
    let asked = tokio::spawn(async move { exchange(address, &head).await });
    while app.stripe.received_requests().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    shutdown.stop();
    assert!(asked.await.unwrap().starts_with("HTTP/1.1 503"));
    ended.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_waits_for_no_idle_connection_and_no_half_sent_request() {
    let app = TestApp::start().await;
    let Serving { address, shutdown, ended } = serving(&app, wide()).await;
    let silent = TcpStream::connect(address).await.unwrap();
    let idle = keep_open(address).await;
    let mut half_sent = [TcpStream::connect(address).await.unwrap(), keep_open(address).await];
    for stream in &mut half_sent {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost").await.unwrap();
    }
    // Another response proves that the server has read everything before.
    exchange(address, HEALTH).await;
    shutdown.stop();
    timeout(PATIENCE / 4, ended).await.expect("it ends at once").unwrap();
    for stream in half_sent.into_iter().chain([silent, idle]) {
        ends(stream).await;
    }
}

#[tokio::test]
async fn before_the_listener_closes_the_server_is_not_ready_and_serves_on() {
    let app = TestApp::start().await;
    let Serving { address, shutdown, .. } = serving(&app, wide()).await;
    let mut open = keep_open(address).await;
    shutdown.drain();
    assert!(exchange(address, &HEALTH.replace("healthz", "readyz")).await.starts_with("HTTP/1.1 503 "));
    assert!(exchange(address, HEALTH).await.starts_with("HTTP/1.1 200 OK"));
    // A load balancer's idle connection is closed after one more response.
    open.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, open.read_to_string(&mut answer)).await.expect("it is closed").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn a_mandate_records_where_the_connection_comes_from() {
    let app = TestApp::with(lenient).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    stripe_agrees(&app).await;
    let Serving { address, .. } = serving(&app, wide()).await;
    let body = r#"{"account":"fca_new"}"#;
    let request = format!(
        "POST /api/sessions/fcsess_1/payment-method HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \
         {mine}\r\nUser-Agent: Browser\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(exchange(address, &request).await.starts_with("HTTP/1.1 204"));
    let sent = form(&app.posts_to(INTENTS).await[0]);
    assert!(sent.contains("[ip_address]=127.0.0.1\n") && sent.contains("[user_agent]=Browser\n"), "{sent}");
}

/// Sends the head of a request without a token and waits for the refusal, then sends a body of this size and another
/// request. Returns what the server sends to the latter.
async fn after_a_refusal(address: SocketAddr, size: usize) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /api/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut refusal = Vec::new();
    while !refusal.ends_with(b"}") {
        assert!(timeout(PATIENCE, stream.read_buf(&mut refusal)).await.unwrap().unwrap() > 0);
    }
    assert!(refusal.starts_with(b"HTTP/1.1 401"), "{}", String::from_utf8_lossy(&refusal));
    answer(stream, &["x".repeat(size).as_str(), HEALTH].concat()).await
}

#[tokio::test]
async fn a_refusal_before_the_body_arrives_keeps_the_connection_unless_the_body_is_large() {
    let app = TestApp::start().await;
    let Serving { address, .. } = serving(&app, wide()).await;
    // A proxy that still sends the body when the connection is closed takes the refusal for a failure of the server.
    assert!(after_a_refusal(address, 200_000).await.contains("200 OK"));
    assert_eq!(after_a_refusal(address, 5_000_000).await, "");
}

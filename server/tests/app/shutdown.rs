//! Graceful shutdown of the program, as seen by a load balancer and an operator.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::process::Process;

/// Server in its own process, with a management port.
struct Server {
    process: Process,
    main: String,
    management: String,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}/relink.db", folder.path().display());
        let settings = [settings, &[("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:0")]].concat();
        let mut process = Process::start_with(&database, "", &settings).await;
        let host = |url: &str| url.trim_start_matches("http://").to_owned();
        let management = host(&process.management_url().await);
        Self { main: host(&process.url), management, process, _folder: folder }
    }
}

/// Returns the status of a response; `None` if nothing listens there.
fn status(host: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(host).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[tokio::test]
async fn a_balancer_sees_that_the_server_is_not_ready_before_its_listener_closes() {
    let mut server = Server::start(&[("RELINK_SHUTDOWN_DELAY", "3")]).await;
    for host in [&server.main, &server.management] {
        assert_eq!([status(host, "/healthz"), status(host, "/readyz")], [Some(200); 2]);
    }
    assert_eq!(status(&server.management, "/api/accounts"), Some(404), "health checks and metrics alone");
    assert_eq!(
        [&server.management, &server.main].map(|host| status(host, "/metrics")),
        [Some(200), Some(404)]
    );
    server.process.terminate();
    while status(&server.main, "/readyz").unwrap() == 200 {}
    assert_eq!(status(&server.main, "/healthz"), Some(200), "everything else goes on");
    assert_eq!(
        [status(&server.management, "/healthz"), status(&server.management, "/readyz")],
        [Some(200), Some(503)]
    );
    assert!(server.process.wait().success());
    assert_eq!(status(&server.main, "/healthz"), None);
}

#[tokio::test]
async fn a_second_signal_ends_the_server_at_once() {
    let mut server = Server::start(&[("RELINK_SHUTDOWN_DELAY", "3600")]).await;
    server.process.terminate();
    while status(&server.main, "/readyz").unwrap() == 200 {}
    server.process.terminate();
    assert!(!server.process.wait().success());
}

#[tokio::test]
async fn in_the_sandbox_one_signal_is_enough() {
    let mut server = Server::start(&[]).await;
    let half_sent = TcpStream::connect(&server.main).unwrap();
    (&half_sent).write_all(b"GET / HTTP/1.1\r\n").unwrap();
    server.process.terminate();
    assert!(server.process.wait().success());
}

//! Graceful shutdown of the program, as seen by a load balancer and an operator.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{TOKEN_KEY, WEBHOOK_SECRET};

/// Server in its own process, with the sandbox and a management port. Killed on drop.
struct Server {
    child: Child,
    main: String,
    management: String,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_relink-server"))
            .args(["--listen", "127.0.0.1:0", "--web-root"])
            .arg(folder.path())
            .env_clear()
            .env("DATABASE_URL", format!("sqlite:{}/relink.db", folder.path().display()))
            .env("RELINK_MANAGEMENT_LISTEN", "127.0.0.1:0")
            .env("RELINK_TOKEN_ALGORITHM", "HS256")
            .env("RELINK_TOKEN_KEY", TOKEN_KEY)
            .env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .env("RELINK_LOG", "error")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let main = announced(&mut lines, "listening on http://");
        let management = announced(&mut lines, "management on http://");
        Self { child, main, management, _folder: folder }
    }

    fn terminate(&self) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    }

    fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn announced(lines: &mut BufReader<ChildStdout>, what: &str) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim().strip_prefix(what).unwrap().to_owned()
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

#[test]
fn a_balancer_sees_that_the_server_is_not_ready_before_its_listener_closes() {
    let mut server = Server::start(&[("RELINK_SHUTDOWN_DELAY", "3")]);
    for host in [&server.main, &server.management] {
        assert_eq!([status(host, "/healthz"), status(host, "/readyz")], [Some(200); 2]);
    }
    assert_eq!(status(&server.management, "/api/accounts"), Some(404), "health checks and metrics alone");
    assert_eq!(
        [&server.management, &server.main].map(|host| status(host, "/metrics")),
        [Some(200), Some(404)]
    );
    server.terminate();
    while status(&server.main, "/readyz").unwrap() == 200 {}
    assert_eq!(status(&server.main, "/healthz"), Some(200), "everything else goes on");
    assert_eq!(
        [status(&server.management, "/healthz"), status(&server.management, "/readyz")],
        [Some(200), Some(503)]
    );
    assert!(server.wait().success());
    assert_eq!(status(&server.main, "/healthz"), None);
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let mut server = Server::start(&[("RELINK_SHUTDOWN_DELAY", "3600")]);
    server.terminate();
    while status(&server.main, "/readyz").unwrap() == 200 {}
    server.terminate();
    assert!(!server.wait().success());
}

#[test]
fn in_the_sandbox_one_signal_is_enough() {
    let mut server = Server::start(&[]);
    let half_sent = TcpStream::connect(&server.main).unwrap();
    (&half_sent).write_all(b"GET / HTTP/1.1\r\n").unwrap();
    server.terminate();
    assert!(server.wait().success());
}

//! Probes this machine: whether a server answers, and whether a port is free.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Returns the status of `GET /` at `host` (such as `127.0.0.1:4280`), or `None` if there is no response.
///
/// Written by hand, because one request on the loopback interface isn't worth an HTTP client's compile time.
pub(crate) fn status(host: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = Vec::new();
    stream.take(64).read_to_end(&mut head).ok()?;
    parse_status(&String::from_utf8_lossy(&head))
}

/// Fails with the advice `otherwise` if the port is taken. Port 0 never is.
pub(crate) fn port_is_free(port: u16, otherwise: &str) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port))
        .with_context(|| format!("port {port} is in use: stop the program that uses it, or {otherwise}"))?;
    Ok(())
}

/// Returns a free port.
///
/// Another program may take it before it is used, which is unlikely; the program that then can't bind it fails.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn parse_status(head: &str) -> Option<u16> {
    head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::{parse_status, port_is_free, status};

    #[test]
    fn the_status_is_the_second_word() {
        assert_eq!(parse_status("HTTP/1.1 503 Service Unavailable\r\n"), Some(503));
        assert_eq!(parse_status("SSH-2.0-x"), None);
    }

    #[test]
    fn a_server_that_answers_has_a_status() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = BufReader::new(&stream).lines().map_while(Result::ok);
            assert_eq!(request.take_while(|line| !line.is_empty()).count(), 4);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        });
        assert_eq!(status(&host), Some(200));
        server.join().unwrap();
    }

    #[test]
    fn a_taken_port_is_an_error_that_says_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = port_is_free(taken.local_addr().unwrap().port(), "choose another").unwrap_err();
        assert!(error.to_string().ends_with("choose another"), "{error}");
    }
}

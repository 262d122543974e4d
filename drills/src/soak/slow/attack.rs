//! Connections that hold on to what a server has. Each comes back a moment after the server has cut it off.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::LARGE_FILE;

/// The attack's own address: the loopback has many.
const FROM: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 2), 0);
const REST: Duration = Duration::from_secs(1);
/// Lines of a header that never ends, about 400 KiB in all, in pieces of about 16 KiB.
const FILLER: &str = "x-filler: 0123456789012345678901234567890123456789\r\n";
const LINES_IN_A_PIECE: usize = 300;
const PIECES: usize = 26;
/// So little is taken by the kernel of a reader that takes nothing.
const RECEIVE_BUFFER: u32 = 4096;

/// How a connection keeps a server busy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// It says nothing.
    Silent,
    /// It begins a header that has no end.
    HalfHeaders,
    /// It asks for a large file and reads nothing.
    SlowReaders,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Silent, Self::HalfHeaders, Self::SlowReaders];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent sockets",
            Self::HalfHeaders => "half-sent headers",
            Self::SlowReaders => "slow readers",
        }
    }

    /// Begins the identifiers of events that are sent meanwhile.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Silent => "Silent",
            Self::HalfHeaders => "Half",
            Self::SlowReaders => "Slow",
        }
    }
}

/// A running attack. All of it is gone when it is dropped.
#[derive(Debug)]
pub(super) struct Attack(JoinSet<()>);

impl Attack {
    /// Opens so many connections.
    pub(super) fn start(host: &str, kind: Kind, sockets: usize) -> Self {
        let mut connections = JoinSet::new();
        for _ in 0..sockets {
            let host = host.to_owned();
            connections.spawn(async move {
                loop {
                    // Ends when the server has had enough of it.
                    let _ = hold(&host, kind).await;
                    sleep(REST).await;
                }
            });
        }
        Self(connections)
    }

    /// Closes all connections.
    pub(super) async fn stop(mut self) {
        self.0.shutdown().await;
    }
}

async fn hold(host: &str, kind: Kind) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.bind(FROM.into())?;
    let mut stream = socket.connect(host.parse()?).await?;
    match kind {
        Kind::Silent => until_closed(&mut stream).await,
        Kind::HalfHeaders => {
            stream.write_all(format!("GET / HTTP/1.1\r\nhost: {host}\r\n").as_bytes()).await?;
            let piece = FILLER.repeat(LINES_IN_A_PIECE);
            for _ in 0..PIECES {
                stream.write_all(piece.as_bytes()).await?;
            }
            until_closed(&mut stream).await
        }
        Kind::SlowReaders => {
            stream
                .write_all(format!("GET /{LARGE_FILE} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes())
                .await?;
            until_reset(&stream).await
        }
    }
}

/// Waits for the server's end of a connection; takes its last words.
async fn until_closed(stream: &mut TcpStream) -> Result<()> {
    while stream.read(&mut [0; 512]).await? > 0 {}
    Ok(())
}

/// Waits for the end of a connection without taking anything that was sent.
async fn until_reset(stream: &TcpStream) -> Result<()> {
    loop {
        sleep(REST).await;
        if let Some(error) = stream.take_error()? {
            return Err(error.into());
        }
    }
}

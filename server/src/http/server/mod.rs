//! HTTP server loop: accepts connections, and limits what a slow or greedy client can occupy. `axum::serve` has no such
//! limits.

mod activity;
mod admission;
mod connection;
mod drained_body;
mod early_checks;
mod limits;
mod timed_stream;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use self::admission::Admission;
use self::connection::ConnectionServer;
pub use self::limits::{Limits, Timeouts};
use crate::logging::LogThrottle;
use crate::shutdown::Shutdown;

/// Pause after a failed accept, for example for lack of file descriptors: time for another connection to end.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(100);
/// Maximum number of connections beyond the limits, kept open for health checks; each further one closes the oldest.
const EXTRA_CONNECTIONS: usize = 64;

/// Serves until the shutdown closes the listener, then lets requests in progress finish. Idle connections and
/// incomplete requests are closed at once.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, shutdown: &Shutdown) {
    let mut server = Server {
        edge: Arc::new(ConnectionServer {
            router,
            timeouts: limits.timeouts,
            base_path: limits.base_path.clone(),
            shutdown: shutdown.clone(),
        }),
        admission: Admission::new(limits),
        connections: JoinSet::new(),
        extra: VecDeque::new(),
        refusals: LogThrottle::default(),
    };
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => server.take(stream, peer),
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection: {error}");
                    tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await;
                }
            },
            // Removes finished connections from the set.
            Some(_) = server.connections.join_next() => (),
            () = shutdown.stopped() => break,
        }
    }
    drop(listener);
    tracing::info!(
        connections = server.connections.len(),
        "the listener is closed; waiting for requests under way"
    );
    let all_ended = async { while server.connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, all_ended).await.is_err() {
        tracing::warn!(connections = server.connections.len(), "stopped with requests in progress");
    }
}

struct Server {
    edge: Arc<ConnectionServer>,
    admission: Arc<Admission>,
    connections: JoinSet<()>,
    /// Newest connections beyond the limits.
    extra: VecDeque<AbortHandle>,
    refusals: LogThrottle,
}

impl Server {
    fn take(&mut self, stream: TcpStream, peer: SocketAddr) {
        let place = self.admission.admit(peer.ip());
        let is_admitted = place.is_some();
        let connection = self.connections.spawn(self.edge.clone().run(stream, peer, place));
        if !is_admitted {
            self.log_refusal(peer);
            self.extra.push_back(connection);
            if self.extra.len() > EXTRA_CONNECTIONS
                && let Some(oldest) = self.extra.pop_front()
            {
                oldest.abort();
            }
        }
    }

    fn log_refusal(&self, peer: SocketAddr) {
        if let Some(times) = self.refusals.happened(crate::clock::now()) {
            let open = self.connections.len();
            tracing::warn!(
                times, open, %peer,
                "too many connections: further ones get health checks only; see RELINK_MAX_CONNECTIONS and \
                 RELINK_MAX_CONNECTIONS_PER_ADDRESS"
            );
        }
    }
}

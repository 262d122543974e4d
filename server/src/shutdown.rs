//! Shutdown sequence: the server reports that it is not ready, then closes its listener and lets requests in progress
//! finish. A second signal ends it at once.

use std::io;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Progress of the shutdown.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    draining: CancellationToken,
    stopped: CancellationToken,
}

impl Shutdown {
    /// Begins draining: `/readyz` returns 503 and each response closes its connection, so that load balancers use other
    /// servers. Everything else goes on.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Closes the listener, and ends streams and background jobs. Requests in progress finish.
    pub fn stop(&self) {
        self.drain();
        self.stopped.cancel();
    }

    /// True if the server should get no new requests.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Waits until the listener should close.
    pub async fn stopped(&self) {
        self.stopped.cancelled().await;
    }

    /// Token that is cancelled when the listener closes.
    pub(crate) fn token(&self) -> CancellationToken {
        self.stopped.clone()
    }
}

/// SIGTERM and Ctrl-C.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Installs handlers, so that the signals no longer end the process by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Ctrl-C only; other systems have no SIGTERM.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// SIGHUP, which asks for configuration to be read again.
#[derive(Debug)]
pub(crate) struct Hangup {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangup {
    /// Installs the handler, so that the signal no longer ends the process. Other systems have no such signal.
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            #[cfg(unix)]
            signal: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// Starts the shutdown on the first signal, and returns on the second.
pub(crate) async fn conduct(mut signals: Signals, shutdown: Shutdown, delay: Duration) {
    in_order(async || signals.next().await, &shutdown, delay).await;
}

async fn in_order(mut signal: impl AsyncFnMut(), shutdown: &Shutdown, delay: Duration) {
    signal().await;
    tracing::info!(
        delay_seconds = delay.as_secs(),
        "stopping: not ready any more; a second signal ends at once"
    );
    shutdown.drain();
    tokio::select! {
        () = tokio::time::sleep(delay) => shutdown.stop(),
        () = signal() => return,
    }
    signal().await;
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use tokio::time::Instant;

    use super::*;

    const DELAY: Duration = Duration::from_secs(5);

    fn conducted(shutdown: &Shutdown) -> (mpsc::UnboundedSender<()>, tokio::task::JoinHandle<()>) {
        let (send, mut receive) = mpsc::unbounded_channel();
        let shutdown = shutdown.clone();
        let signal = async move || receive.recv().await.unwrap_or_default();
        (send, tokio::spawn(async move { in_order(signal, &shutdown, DELAY).await }))
    }

    #[tokio::test(start_paused = true)]
    async fn the_listener_closes_after_the_delay() {
        let (shutdown, began) = (Shutdown::default(), Instant::now());
        let (signal, _conducting) = conducted(&shutdown);
        signal.send(()).unwrap();
        shutdown.draining.cancelled().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        shutdown.stopped().await;
        assert_eq!(began.elapsed().as_secs(), DELAY.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_signal_ends_at_once_before_and_after_the_listener_has_closed() {
        for waits_for_the_listener in [false, true] {
            let shutdown = Shutdown::default();
            let (signal, conducting) = conducted(&shutdown);
            signal.send(()).unwrap();
            shutdown.draining.cancelled().await;
            if waits_for_the_listener {
                shutdown.stopped().await;
            }
            let asked = Instant::now();
            signal.send(()).unwrap();
            conducting.await.unwrap();
            assert_eq!(asked.elapsed(), Duration::ZERO);
        }
    }
}

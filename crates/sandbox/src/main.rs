//! The sandbox as a program: reads its settings, prints its address, serves until it is told to stop.

use std::{
    io::{self, IsTerminal},
    net::SocketAddr,
    time::Duration,
};

use clap::Parser;
use relink_sandbox::{Sandbox, router};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing_subscriber::EnvFilter;

/// How long answers under way may take once the sandbox is told to stop; silent sockets don't hold it up.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// A stand-in for Stripe Financial Connections: API, Stripe.js and bank windows, without keys.
#[derive(Debug, Parser)]
#[command(version)]
struct Settings {
    /// Address to listen on; port 0 takes any free one
    #[arg(long, env = "SANDBOX_LISTEN", default_value = "127.0.0.1:4281")]
    listen: SocketAddr,
    /// What to log to stderr, for example `info` or `relink_sandbox=debug`
    #[arg(long, env = "SANDBOX_LOG", default_value = "info")]
    log: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&settings.log)?)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    let listener = TcpListener::bind(settings.listen).await?;
    let (stopping, stopped) = oneshot::channel();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    print_address(listener.local_addr()?);
    let stop = async move {
        tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
        tracing::info!("stopping");
        let _ = stopping.send(());
    };
    let overdue = async {
        match stopped.await {
            Ok(()) => tokio::time::sleep(LAST_ANSWERS).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = axum::serve(listener, router(Sandbox::seeded())).with_graceful_shutdown(stop) => Ok(served?),
        () = overdue => Ok(()),
    }
}

#[expect(clippy::print_stdout, reason = "the one line that the program is asked to print")]
fn print_address(address: SocketAddr) {
    println!("listening on http://{address}");
}

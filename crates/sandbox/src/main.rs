//! The sandbox program: parses its options, prints its address, and serves until it is stopped.

mod clock;

use std::{
    fs,
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, anyhow};
use clap::{Args, Parser, Subcommand};
use relink_sandbox::{RecordSettings, Sandbox, WebhookDestination, accept_emails, record, serve};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing_subscriber::EnvFilter;

/// Time for pending responses after a stop signal, so that idle connections can't delay the shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);

/// A stand-in for Stripe Financial Connections: API, Stripe.js and bank windows, without keys.
#[derive(Debug, Parser)]
#[command(version)]
struct Settings {
    #[command(subcommand)]
    command: Option<Command>,
    /// Address to listen on; port 0 chooses a free one
    #[arg(long, env = "SANDBOX_LISTEN", default_value = "127.0.0.1:4281")]
    listen: SocketAddr,
    /// Send every event to this URL; without --webhook-secret, the second line printed is the generated secret
    #[arg(long, env = "SANDBOX_WEBHOOK", value_name = "URL")]
    webhook: Option<String>,
    /// Secret that signs the events sent to --webhook
    #[arg(long, env = "SANDBOX_WEBHOOK_SECRET", hide_env_values = true, value_name = "SECRET")]
    webhook_secret: Option<String>,
    /// API version of the events sent to --webhook
    #[arg(
        long,
        env = "SANDBOX_WEBHOOK_VERSION",
        default_value = "2026-09-30.preview",
        value_name = "VERSION"
    )]
    webhook_version: String,
    /// Also accept email on this address, for the inbox at /inbox; the last line printed is the SMTP address
    #[arg(long, env = "SANDBOX_SMTP", value_name = "ADDRESS")]
    smtp: Option<SocketAddr>,
    /// Start from a file saved with `GET /_sandbox/scenario`
    #[arg(long, env = "SANDBOX_SCENARIO", value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Generate the same ids in each run, for tests that name them; they would repeat in a database that is kept
    #[arg(long, env = "SANDBOX_REPEATABLE_IDS")]
    repeatable_ids: bool,
    /// Start at this time, in Unix seconds, with a clock that stands still until `POST /_sandbox/clock` moves it
    #[arg(
        long,
        env = "SANDBOX_CLOCK",
        value_name = "SECONDS",
        value_parser = clap::value_parser!(i64).range(0..=253_402_300_799)
    )]
    clock: Option<i64>,
    /// Filter of the log on stderr, for example `info` or `relink_sandbox=debug`
    #[arg(long, env = "SANDBOX_LOG", default_value = "info")]
    log: String,
}

/// A task other than serving.
#[derive(Debug, Subcommand)]
enum Command {
    /// Pass calls on to Stripe's test mode, and print where the sandbox would have answered otherwise
    Record(RecordOptions),
}

#[derive(Debug, Args)]
struct RecordOptions {
    /// Address to listen on, which clients get in place of Stripe's
    #[arg(long, env = "SANDBOX_RECORD_LISTEN", default_value = "127.0.0.1:4282")]
    listen: SocketAddr,
    /// Address of Stripe's API
    #[arg(long, env = "SANDBOX_RECORD_STRIPE", default_value = "https://api.stripe.com", value_name = "URL")]
    stripe: String,
    /// Also write each call with both responses to this file, as lines of JSON without secrets
    #[arg(long, env = "SANDBOX_RECORD_FILE", value_name = "FILE")]
    file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&settings.log)?)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    if let Some(Command::Record(options)) = settings.command {
        return record_calls(options).await;
    }
    let sandbox = if settings.repeatable_ids {
        Sandbox::seeded(clock::now)
    } else {
        Sandbox::with_unique_ids(clock::now)
    };
    if let Some(time) = settings.clock {
        sandbox.stop_clock_at(time);
    }
    if let Some(file) = &settings.scenario {
        let text = fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
        sandbox.load(&text).map_err(|why| anyhow!("can't load {}: {why}", file.display()))?;
    }
    let (listen, smtp) = (settings.listen, settings.smtp);
    let secret = add_webhook_endpoint(&sandbox, settings)?;
    let listener = TcpListener::bind(listen).await?;
    let stop_signal = stop_signal()?;
    print(&format!("listening on http://{}", listener.local_addr()?));
    if let Some(secret) = secret {
        print(&format!("webhook secret {secret}"));
    }
    if let Some(smtp) = smtp {
        let listener = TcpListener::bind(smtp).await?;
        print(&format!("accepting email on smtp://{}", listener.local_addr()?));
        tokio::spawn(accept_emails(listener, sandbox.clone()));
    }
    let (stopping, stopped) = oneshot::channel();
    let stop = async move {
        stop_signal.await;
        let _ = stopping.send(());
    };
    let shutdown_deadline = async {
        match stopped.await {
            Ok(()) => tokio::time::sleep(SHUTDOWN_TIMEOUT).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = serve(listener, sandbox, stop) => Ok(served?),
        () = shutdown_deadline => Ok(()),
    }
}

/// Completes when the program is told to stop.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} }
        tracing::info!("stopping");
    })
}

/// Records until the program is stopped. Calls that Stripe has not answered by then are cut off.
async fn record_calls(options: RecordOptions) -> anyhow::Result<()> {
    let opened = options
        .file
        .as_ref()
        .map(|file| fs::File::create(file).with_context(|| format!("can't write {}", file.display())));
    let recording = opened.transpose()?.map(|file| Box::new(file) as Box<dyn Write + Send>);
    let listener = TcpListener::bind(options.listen).await?;
    print(&format!("recording on http://{}", listener.local_addr()?));
    let settings = RecordSettings { stripe: options.stripe, report: Box::new(io::stdout()), recording };
    let sandbox = Sandbox::with_unique_ids(clock::now);
    let stop = stop_signal()?;
    tokio::select! {
        recorded = record(listener, settings, sandbox, std::future::pending()) => Ok(recorded?),
        () = stop => Ok(()),
    }
}

/// Adds the webhook endpoint of the options. Returns its secret if it was generated, so that it can be printed.
fn add_webhook_endpoint(sandbox: &Sandbox, settings: Settings) -> anyhow::Result<Option<String>> {
    let Some(url) = settings.webhook else { return Ok(None) };
    let is_given = settings.webhook_secret.is_some();
    let destination =
        WebhookDestination { url, secret: settings.webhook_secret, api_version: settings.webhook_version };
    let secret = sandbox.send_events_to(destination).map_err(|why| anyhow!(why))?;
    Ok(Some(secret).filter(|_| !is_given))
}

/// Prints a line for whoever started the program. It runs without it as well, if nobody reads it.
fn print(line: &str) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        tracing::warn!(%error, "a line can't be printed to standard output: {error}");
    }
}

//! Relink's companion server: creates relink sessions for signed-in customers and reads their outcomes from Stripe.
//!
//! `router` lists every route and layer, `config` every setting. `domain` has the rules that need neither network nor
//! clock.

mod clock;
mod commands;
mod config;
mod console;
mod domain;
mod http;
mod infra;
mod jobs;
mod logging;
mod metrics;
mod open_files;
mod openapi;
mod records;
mod roll_secrets;
mod router;
mod routes;
mod services;
mod shutdown;
mod state;
mod store;
mod stripe;
mod traces;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::net::{TcpListener, TcpSocket};

pub use crate::config::options::{
    BackgroundOptions, ConnectOptions, ConsoleOptions, DatabaseOptions, NetworkOptions, OidcOptions, Options,
    PaymentOptions, RateOptions, RequestOptions, RetentionOptions, TokenKeyFile, TokenKeyOptions,
    TraceOptions,
};
use crate::config::options::{Command, settings_page};
use crate::config::secret_files::SecretFiles;
pub use crate::config::settings::{
    Config, ConfigError, ConnectError, ConsoleError, OidcSettingsError, TokenKeysError, TracesError, decide,
};
pub use crate::domain::trusted_proxies::TrustedProxies;
pub use crate::http::server::{Limits, Timeouts, serve};
pub use crate::jobs::work_until_idle;
pub use crate::router::{management_router, openapi, router};
pub use crate::shutdown::Shutdown;
use crate::shutdown::{Hangup, Signals};
pub use crate::state::AppState;

/// Runs until SIGTERM or Ctrl-C. An error that prevents the start is printed to stderr as one sentence.
pub async fn run(options: Options) -> ExitCode {
    // Boxed, because the options are large and the future holds them several times.
    match Box::pin(start(options)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The reason for not starting is for the person at the terminal, if there is still one.
            let _ = writeln!(io::stderr(), "relink-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn start(mut options: Options) -> anyhow::Result<()> {
    match options.command.take() {
        Some(Command::Capacity(year)) => return commands::capacity::print(&options, &year),
        Some(Command::Openapi) => return Ok(io::stdout().write_all(openapi().as_bytes())?),
        Some(Command::Settings) => return Ok(io::stdout().write_all(settings_page().as_bytes())?),
        Some(Command::Check) => return Box::pin(commands::check::perform(options)).await,
        Some(Command::Doctor { file }) => return Box::pin(commands::doctor::perform(&file, options)).await,
        Some(Command::Health) => return commands::health_check::check(options.listen).await,
        // Boxed, because a task's future is large and would enlarge this function's future when it serves.
        Some(Command::Task(task)) => return Box::pin(commands::perform(task, options)).await,
        None => {}
    }
    let secret_files = SecretFiles::of(&options);
    options.read_secret_files()?;
    logging::start(&options.log)?;
    if let Some(file) = &options.config {
        tracing::info!(file = %file.display(), "settings are from a file, too");
    }
    for (setting, file) in secret_files.exposed() {
        let file = file.display();
        tracing::warn!(
            setting,
            %file,
            "every user of this machine may read or change {file}, a file with a secret: take that away (chmod o-rw)"
        );
    }
    let mut config = decide(options)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    fit_connection_limits(&mut config);
    let (listen, management, delay) =
        (config.listen, config.network.management_listen, config.network.shutdown_delay);
    let limits = Limits::of(&config);
    let app = AppState::open(config).await?;
    let listener = bind(listen)?;
    // Before the address is announced: a process that waits for the announcement may send SIGTERM right after it.
    let signals = Signals::listen().context("can't listen for SIGTERM")?;
    let hangup = Hangup::listen().context("can't listen for SIGHUP")?;
    announce("listening", &listener)?;
    if let Some(address) = management {
        manage(&app, address)?;
    }
    let shutdown = app.shutdown().clone();
    let conducting = shutdown::conduct(signals, shutdown.clone(), delay);
    let background = tokio::spawn(jobs::run(app.clone()));
    tokio::spawn(roll_secrets::watch(app.clone(), secret_files, hangup));
    let serving = async {
        serve(listener, router(app.clone()), &limits, &shutdown).await;
        let ended = background.await;
        app.flush_traces().await;
        ended
    };
    tokio::select! {
        ended = serving => Ok(ended?),
        () = conducting => bail!("ended at once by a second signal"),
    }
}

/// Raises the limit of open files. If the system allows too few, lowers the maximum number of connections.
fn fit_connection_limits(config: &mut Config) {
    let files = open_files::raise_limit(config.network.files_needed());
    if config.network.limit_to_files(files) {
        let (connections, pages) = (config.network.max_connections, config.network.max_open_pages);
        tracing::warn!(
            files,
            connections,
            pages,
            "the system allows {files} open files, too few for RELINK_MAX_CONNECTIONS; {connections} connections are \
             served, {pages} open pages among them; raise the limit (ulimit -n, LimitNOFILE)"
        );
    }
}

/// Connections that the system keeps until they are accepted; Linux allows 4,096 by default (`net.core.somaxconn`). With
/// the 1,024 of [`TcpListener::bind`], a thousand clients that connect at once made others wait a second for the
/// repetition of their SYN.
const BACKLOG: u32 = 4096;

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A server that is started again needs not wait for connections of the one before to time out.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().with_context(|| format!("can't listen on {address}"))
}

/// Prints the line that whoever started the server may wait for. The server runs without it as well: a supervisor may
/// have closed its end of the pipe, or the disk of the file may be full.
fn announce(what: &str, listener: &TcpListener) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    if let Err(error) = writeln!(io::stdout(), "{what} on http://{address}") {
        tracing::warn!(%error, "{what} on http://{address}, which can't be printed to standard output: {error}");
    }
    Ok(())
}

/// Serves health checks on a separate listener until the process ends.
fn manage(app: &Arc<AppState>, address: SocketAddr) -> anyhow::Result<()> {
    let listener = bind(address)?;
    announce("management", &listener)?;
    let (router, limits) = (management_router(app.clone()), Limits::of_management(&app.config));
    tokio::spawn(async move { serve(listener, router, &limits, &Shutdown::default()).await });
    Ok(())
}

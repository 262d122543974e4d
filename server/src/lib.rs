//! Relink's companion server: it makes relink sessions for signed-in customers and asks Stripe what came of them.
//!
//! `app` lists every route and layer, `config` every setting. What is decided without network and clock is in `domain`.

mod answer;
mod app;
mod attempts;
mod clock;
mod config;
mod connections;
mod console;
mod csp;
mod domain;
mod extract;
mod failure;
mod headers;
mod inbox;
mod jobs;
mod keys;
mod limits;
mod live;
mod logging;
mod lookup;
mod mail;
mod os_user;
mod outgoing;
mod recent;
mod requests;
mod routes;
mod seldom;
mod serve;
mod store;
mod stripe;
mod tasks;
mod token;
mod trail;
mod watch;

use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;

pub use crate::app::{App, router};
pub use crate::config::{
    BackgroundOptions, ConsoleOptions, DatabaseOptions, LimitOptions, NetworkOptions, Options, RequestOptions,
};
pub use crate::domain::settings::{Config, Contradiction, decide};
pub use crate::serve::{Limits, serve};

/// Runs until SIGTERM or Ctrl-C. What prevents a start is said in one sentence on stderr.
pub async fn run(options: Options) -> ExitCode {
    match start(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "the reason for not starting is for the person at the terminal"
            )]
            {
                eprintln!("relink-server: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn start(mut options: Options) -> anyhow::Result<()> {
    if let Some(task) = options.command.take() {
        // A task's future is large, and a server that serves would carry it along.
        return Box::pin(tasks::perform(task, options)).await;
    }
    options.read_secret_files()?;
    logging::start(&options.log)?;
    let config = decide(options)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let listen = config.listen;
    let app = App::open(config).await?;
    let router = router(app.clone());
    let listener = TcpListener::bind(listen).await.with_context(|| format!("can't listen on {listen}"))?;
    let address = listener.local_addr()?;
    #[expect(clippy::print_stdout, reason = "the one line that whoever started the server waits for")]
    {
        println!("listening on http://{address}");
    }
    let stop = app.stop.clone();
    tokio::spawn(async move {
        serve::stop_signal().await;
        stop.cancel();
    });
    let background = tokio::spawn(jobs::run(app.clone()));
    serve(listener, router, &Limits::default(), app.stop.cancelled()).await;
    Ok(background.await?)
}

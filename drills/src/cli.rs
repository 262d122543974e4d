//! The command line. `cargo xtask soak` and `cargo xtask bench` are the ways to it for people; their help is the manual.

use anyhow::Result;
use clap::{Parser, Subcommand};
use relink_figures::JsonFile;

use crate::bench::{console, pages, store, webhooks};
use crate::given::Given;
use crate::report::Report;
use crate::soak::{self, Part, Setup};

/// Kills, storms, attacks and measures the built server; `cargo xtask soak` and `cargo xtask bench` run it.
#[derive(Debug, Parser)]
#[command(name = "relink-drills")]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
    /// A few seconds of each
    #[arg(long, global = true)]
    quick: bool,
    /// Where figures for programs go.
    #[command(flatten)]
    pub json: JsonFile,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Kill, storm and attack it
    Soak(Soak),
    /// How many events a second are taken and kept
    BenchWebhooks,
    /// How long a customer's accounts take to read
    BenchStore,
    /// How long the console's first page takes
    BenchConsole,
    /// How much memory open pages and half-sent requests take
    BenchPages,
}

#[derive(Debug, clap::Args)]
struct Soak {
    /// One part only
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// The choices of an earlier run
    #[arg(long)]
    seed: Option<u64>,
}

/// Does what was asked for. An error means that nothing could be measured; a limit that is exceeded is in the report.
pub async fn run(cli: &Cli) -> Result<Report> {
    let given = Given::read()?;
    match &cli.task {
        Task::Soak(Soak { only, seed }) => {
            let seed = seed.unwrap_or_else(rand::random);
            Ok(soak::run(&Setup { given: &given, seed, quick: cli.quick }, *only).await)
        }
        Task::BenchWebhooks => {
            let length = if cli.quick { webhooks::Length::QUICK } else { webhooks::Length::USUAL };
            webhooks::run(&given, length).await
        }
        Task::BenchStore => store::run(&given, cli.quick).await,
        Task::BenchConsole => console::run(&given, cli.quick).await,
        Task::BenchPages => pages::run(&given, cli.quick).await,
    }
}

//! Command line. People use it through `cargo xtask soak` and `cargo xtask bench`, whose help is the manual.

use anyhow::Result;
use clap::{Parser, Subcommand};
use relink_figures::JsonFile;

use crate::bench::{capacity, console, pages, store, tenants, webhooks};
use crate::inputs::Inputs;
use crate::report::Report;
use crate::soak::{self, Part, Setup};

/// Kills, overloads, attacks and measures the built server; `cargo xtask soak` and `cargo xtask bench` run it.
#[derive(Debug, Parser)]
#[command(name = "relink-drills")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Run only a few seconds of each part
    #[arg(long, global = true)]
    quick: bool,
    /// File to which the figures are written as JSON.
    #[command(flatten)]
    pub json: JsonFile,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Kill, overload and attack the server
    Soak(Soak),
    /// Measure how many events per second are accepted and stored
    BenchWebhooks,
    /// Measure how long a customer's accounts take to read
    BenchStore,
    /// Measure how long the console's first page takes
    BenchConsole,
    /// Measure a server and a PostgreSQL with ten million accounts
    BenchCapacity,
    /// Measure how much memory open pages and half-sent requests take
    BenchPages,
    /// Measure what a server for each merchant costs
    BenchTenants,
}

#[derive(Debug, clap::Args)]
struct Soak {
    /// Run only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Seed of an earlier run, to repeat its choices
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs the chosen command. An error means that nothing could be measured; an exceeded limit is in the report.
pub async fn run(cli: &Cli) -> Result<Report> {
    let inputs = Inputs::read()?;
    match &cli.command {
        Command::Soak(Soak { only, seed }) => {
            let seed = seed.unwrap_or_else(rand::random);
            Ok(soak::run(&Setup { inputs: &inputs, seed, quick: cli.quick }, *only).await)
        }
        Command::BenchWebhooks => {
            let length = if cli.quick { webhooks::Length::QUICK } else { webhooks::Length::USUAL };
            webhooks::run(&inputs, length).await
        }
        Command::BenchStore => store::run(&inputs, cli.quick).await,
        Command::BenchConsole => console::run(&inputs, cli.quick).await,
        Command::BenchCapacity => capacity::run(&inputs, cli.quick).await,
        Command::BenchPages => pages::run(&inputs, cli.quick).await,
        Command::BenchTenants => tenants::run(&inputs, cli.quick).await,
    }
}

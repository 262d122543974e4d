//! The command line. `cargo xtask soak` and `cargo xtask bench` are the ways to it for people; their help is the manual.

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};

use crate::backlog::{self, Backlog};
use crate::bench::{console, pages, store, webhooks};
use crate::database::Engine;
use crate::figures::table;
use crate::given::Given;
use crate::kill::{self, Drill, Kills, Report};
use crate::storm::{self, Force};

/// Kills, storms and measures the built server; `cargo xtask soak` and `cargo xtask bench` run it.
#[derive(Debug, Parser)]
#[command(name = "relink-drills")]
pub struct Cli {
    #[command(subcommand)]
    task: Task,
    /// A few seconds of each
    #[arg(long, global = true)]
    quick: bool,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Kill and storm it
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Sqlite,
    Postgres,
    Three,
    Storm,
    Backlog,
}

/// Does what was asked for, and gives what is to be printed.
pub async fn run(cli: &Cli) -> Result<String> {
    let given = Given::read()?;
    match &cli.task {
        Task::Soak(soak) => soak_all(&given, soak, cli.quick).await,
        Task::BenchWebhooks => {
            let length = if cli.quick { webhooks::Length::QUICK } else { webhooks::Length::USUAL };
            webhooks::run(&given, length).await
        }
        Task::BenchStore => store::run(&given, cli.quick).await,
        Task::BenchConsole => console::run(&given, cli.quick).await,
        Task::BenchPages => pages::run(&given, cli.quick).await,
    }
}

/// Goes on with the next part only if the one before kept every promise.
async fn soak_all(given: &Given, soak: &Soak, quick: bool) -> Result<String> {
    let seed = soak.seed.unwrap_or_else(rand::random);
    let mut rows = vec![Report::HEAD.map(str::to_owned).to_vec()];
    let mut storm = String::new();
    for part in Part::value_variants() {
        if soak.only.is_some_and(|only| only != *part) {
            continue;
        }
        eprintln!("{} … (--seed {seed} repeats its choices)", part.name());
        let why = || format!("{}, --seed {seed}", part.name());
        if let Some(drill) = part.drill(seed, quick) {
            let report = kill::run(given, &drill).await.with_context(why)?;
            eprintln!("{}", report.sentence());
            rows.push(report.row(part.name()));
        } else if *part == Part::Backlog {
            let length = if quick { Backlog::QUICK } else { Backlog::FULL };
            storm += &backlog::run(given, length).await.with_context(why)?;
        } else {
            let force = if quick { Force::QUICK } else { Force::FULL };
            storm = storm::run(given, force, seed).await.with_context(why)?;
        }
    }
    let kills = if rows.len() > 1 { table(&rows) } else { String::new() };
    Ok([kills, storm].concat())
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "one server, SQLite",
            Self::Postgres => "one server, PostgreSQL",
            Self::Three => "three servers, PostgreSQL",
            Self::Storm => "storm",
            Self::Backlog => "backlog",
        }
    }

    /// What is killed; nothing is in a storm.
    fn drill(self, seed: u64, quick: bool) -> Option<Drill> {
        let times = Kills::Times(if quick { 5 } else { 200 });
        let each_second = Kills::EachSecondFor(Duration::from_secs(if quick { 5 } else { 120 }));
        let (engine, servers, kills) = match self {
            Self::Sqlite => (Engine::Sqlite, 1, times),
            Self::Postgres => (Engine::Postgres, 1, times),
            Self::Three => (Engine::Postgres, 3, each_second),
            Self::Storm | Self::Backlog => return None,
        };
        Some(Drill { engine, servers, kills, seed })
    }
}

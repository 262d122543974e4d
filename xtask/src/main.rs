//! `cargo xtask …`: sets up, runs, tests and measures Relink on Linux and macOS.
//!
//! Every command installs what it needs; its `--help` is its manual. Tools are installed into Relink's own cache folder
//! (see [`tools`]). Parts of the Rust toolchain are added with rustup, and system packages only as root on Debian.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line: results go to stdout, progress and complaints to stderr"
)]

mod api_tests;
mod asset_names;
mod bench_lighthouse;
mod bench_load;
mod bench_start;
mod build;
mod clients;
mod clock;
mod command;
mod compress;
mod demo;
mod demo_env;
mod dependencies_check;
mod dev;
mod dist;
mod drills;
mod element;
mod front_end;
mod glue;
mod journeys;
mod languages;
mod lint;
mod named_tests;
mod package;
mod page_files;
mod probe;
mod progress;
mod project;
mod random;
#[cfg(test)]
mod readme_claims;
mod screens;
mod service;
mod shop;
mod shrink;
mod size;
mod split_wasm;
mod suite;
mod test;
mod test_summary;
mod tidy;
mod tools;
mod trunk_serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

/// Set up, run, test and measure Relink.
///
/// Each command installs the tools that it needs, once and at pinned versions, and prints what it
/// installs. If it can't install something, it prints the command to run. See
/// `cargo xtask COMMAND --help` for what a command does, needs and installs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", verbatim_doc_comment)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Cache folder; tools are installed into DIR/relink/tools [default: ~/.cache]
    #[arg(long, env = "XDG_CACHE_HOME", value_name = "DIR", global = true, hide_env_values = true)]
    cache_home: Option<PathBuf>,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Dev(dev::Args),
    Build(build::Args),
    Lint(lint::Args),
    Package(package::Args),
    Dist(dist::Args),
    Size(size::Args),
    Test(test::Args),
    Screens(screens::Args),
    Soak(drills::SoakArgs),
    Bench(drills::BenchArgs),
    #[command(hide = true)]
    Element(element::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let project = Project::open(cli.cache_home)?;
    match cli.command {
        Command::Demo(args) => demo::run(&project, &args),
        Command::Dev(args) => dev::run(&project, &args),
        Command::Build(args) => build::run(&project, &args),
        Command::Lint(args) => lint::run(&project, &args),
        Command::Dist(args) => dist::run(&project, &args),
        Command::Package(args) => package::run(&project, &args),
        Command::Size(args) => size::run(&project, &args),
        Command::Test(args) => return test::run(&project, &args),
        Command::Screens(args) => screens::run(&project, &args),
        Command::Soak(args) => drills::soak(&project, &args),
        Command::Bench(args) => drills::bench(&project, &args),
        Command::Element(args) => element::run(&project, &args),
    }?;
    Ok(ExitCode::SUCCESS)
}

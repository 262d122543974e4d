//! Command-line program of the drills; `cargo xtask soak` and `cargo xtask bench` run it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line: figures and complaints")]

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser as _;
use relink_drills::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command. The figures are printed and written even if a limit is exceeded.
async fn run(cli: &Cli) -> Result<()> {
    let report = cli::run(cli).await?;
    println!("{}", report.text().trim_end());
    cli.json.write(&report.figures())?;
    match report.failure() {
        None => Ok(()),
        Some(failure) => bail!(failure),
    }
}

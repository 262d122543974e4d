//! The drills as a program: `cargo xtask soak` and `cargo xtask bench` run it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line: figures and complaints")]

use std::process::ExitCode;

use clap::Parser as _;
use relink_drills::cli::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

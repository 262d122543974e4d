//! The program: reads the settings and runs the server; everything else is in the library.

use std::process::ExitCode;

use clap::Parser;
use relink_server::Options;

#[tokio::main]
async fn main() -> ExitCode {
    relink_server::run(Options::parse()).await
}

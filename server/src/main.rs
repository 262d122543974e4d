//! The program: reads the settings and runs the server; everything else is in the library.

use std::process::ExitCode;

use clap::Parser;
use relink_server::Options;

/// A webhook takes about fifty allocations, often freed on another thread than they were made on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    relink_server::run(Options::parse()).await
}

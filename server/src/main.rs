//! Program entry point: parses the options and runs the server; everything else is in the library.

use std::process::ExitCode;

use relink_server::Options;

/// mimalloc, because a webhook makes about fifty allocations, many of which are freed on another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    relink_server::run(Options::from_process()).await
}

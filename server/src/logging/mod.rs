//! JSON lines on stderr, so that no input from outside can imitate a log line.

mod throttle;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

pub(crate) use self::throttle::LogThrottle;

/// Starts the log; `filter` is like `info` or `relink_server=debug`.
pub(crate) fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .context("RELINK_LOG (--log) is not a filter; write a level such as `info`")?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Otherwise the logger panics when the disk of its own output is full.
        .log_internal_errors(false)
        .try_init()
        .map_err(|_| anyhow::anyhow!("the log was started twice"))
}

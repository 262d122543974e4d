//! Settings for connections, proxies and shutdown.

use clap::Args;

/// Listening, proxies in front, and shutdown.
#[derive(Clone, Debug, Default, Args)]
pub struct NetworkOptions {}

//! Settings for background jobs.

use clap::Args;

/// How often background jobs run, and how much they read.
#[derive(Clone, Debug, Default, Args)]
pub struct BackgroundOptions {}

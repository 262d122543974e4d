//! Settings for the database.

use clap::Args;

/// Connections to the database and their time limits.
#[derive(Clone, Debug, Default, Args)]
pub struct DatabaseOptions {}

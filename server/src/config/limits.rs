//! Settings for rate limits.

use clap::Args;

/// Shares of the Stripe budget.
#[derive(Clone, Debug, Default, Args)]
pub struct LimitOptions {}

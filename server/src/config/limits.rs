//! Settings for rate limits.

use clap::Args;

/// Shares of the Stripe budget.
#[derive(Clone, Debug, Default, Args)]
pub struct LimitOptions {
    /// Most requests a minute that need an answer from Stripe, for each signed-in customer and for each link of a relink
    /// request; more are answered with 429 and Retry-After. A repair takes a person about ten. Each server counts by
    /// itself. Otherwise 60.
    #[arg(long, env = "RELINK_CUSTOMER_RATE")]
    pub customer_rate: Option<u32>,

    /// Percentage of `RELINK_STRIPE_RATE` that is reserved for background work, such as reading again what a webhook
    /// told of, however much customers ask for. What one side does not use the other may. Otherwise 20.
    #[arg(long, env = "RELINK_BACKGROUND_SHARE")]
    pub background_share: Option<u32>,
}

//! Settings for rate limits.

use clap::Args;

/// Rate limits and the shares of the Stripe budget.
#[derive(Clone, Debug, Default, Args)]
pub struct RateOptions {
    /// Maximum number of requests per minute that need a call to Stripe, for each signed-in customer and for each
    /// link of a relink request; more are answered with 429 and Retry-After. One repair makes about ten. Each server
    /// counts separately. Otherwise 60.
    #[arg(long, env = "RELINK_CUSTOMER_RATE")]
    pub customer_rate: Option<u32>,

    /// Percentage of `RELINK_STRIPE_RATE` that is reserved for background work, such as reading accounts again after a
    /// webhook, regardless of the load by customers. Either side may use what the other one leaves. Otherwise 20.
    #[arg(long, env = "RELINK_BACKGROUND_SHARE")]
    pub background_share: Option<u32>,
}

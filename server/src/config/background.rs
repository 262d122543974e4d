//! Settings for background jobs.

use clap::Args;

/// How often background jobs run, and how much they read.
#[derive(Clone, Debug, Default, Args)]
pub struct BackgroundOptions {
    /// How often accounts are read again at Stripe although no event has told of a change, such as 12h or 2d, from 1h to 30d.
    /// That is the interval of accounts that work and that payments or a subscription depend on; those about to end or
    /// changed within three days are read four times as often, all others half as often. Half of `RELINK_STRIPE_RATE` is used
    /// for it; where that does not suffice, all intervals stretch by the same factor, which `GET /api/status` tells.
    /// Otherwise 24h.
    #[arg(long, env = "RELINK_RECHECK_EVERY")]
    pub recheck_every: Option<String>,
}

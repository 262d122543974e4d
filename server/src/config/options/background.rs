//! Settings for background jobs.

use clap::Args;

/// Interval of background rechecks.
#[derive(Clone, Debug, Default, Args)]
pub struct BackgroundOptions {
    /// Interval at which accounts are read again from Stripe without an event, such as 12h or 2d, from 1h to 30d.
    /// It applies to healthy accounts that payments or a subscription depend on; accounts that expire soon or
    /// changed within three days are read four times as often, all others half as often. Half of
    /// `RELINK_STRIPE_RATE` is used for it; if that does not suffice, all intervals stretch by the same factor,
    /// which `GET /api/status` reports. Otherwise 24h.
    #[arg(long, env = "RELINK_RECHECK_EVERY")]
    pub recheck_every: Option<String>,
}

//! Settings for background jobs.

use clap::Args;

/// Intervals and times of what changes without an event.
#[derive(Clone, Debug, Default, Args)]
pub struct BackgroundOptions {
    /// Interval at which accounts are read again from Stripe without an event, such as 12h or 2d, from 1h to 30d.
    /// It applies to healthy accounts that payments or a subscription depend on; accounts that expire soon or
    /// changed within three days are read four times as often, all others half as often. Half of
    /// `RELINK_STRIPE_RATE` is used for it; if that does not suffice, all intervals stretch by the same factor,
    /// which `GET /api/status` reports. Otherwise 24h.
    #[arg(long, env = "RELINK_RECHECK_EVERY")]
    pub recheck_every: Option<String>,

    /// Time before the expected end of a connection from which it counts as expiring, such as 14d or 60d, from 1d to
    /// 365d. An end further away is no warning on the page, no email and no webhook. Expiring account numbers are
    /// always reported 30 days before, as at Stripe. Otherwise 30d.
    #[arg(long, env = "RELINK_EXPIRING_WITHIN")]
    pub expiring_within: Option<String>,
}

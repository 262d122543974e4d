//! Settings for how long data is kept.

use clap::Args;

/// Retention of each kind of data.
#[derive(Clone, Debug, Default, Args)]
pub struct RetentionOptions {
    /// Time for which the content of Stripe's events is kept, such as 7d, from 1d to 400d. Otherwise 30d.
    #[arg(long, env = "RELINK_KEEP_EVENT_PAYLOADS")]
    pub keep_event_payloads: Option<String>,

    /// Time for which identifiers of Stripe's events are kept, which have no personal data, to recognise repeated ones,
    /// from 31d to 400d. Otherwise 60d.
    #[arg(long, env = "RELINK_KEEP_EVENTS")]
    pub keep_events: Option<String>,

    /// Time for which webhooks to your back end are kept after they were delivered or given up, from 1d to 400d.
    /// Otherwise 30d.
    #[arg(long, env = "RELINK_KEEP_DELIVERIES")]
    pub keep_deliveries: Option<String>,

    /// Time for which relink attempts are kept with their payments, and follow-ups of a relink, from 7d to 400d. Otherwise 90d.
    #[arg(long, env = "RELINK_KEEP_ATTEMPTS")]
    pub keep_attempts: Option<String>,

    /// Time for which relink requests are kept after they ended, with their emails, and batches with their accounts, from
    /// 30d to 3650d. Otherwise 400d.
    #[arg(long, env = "RELINK_KEEP_REQUESTS")]
    pub keep_requests: Option<String>,

    /// Time for which the console's counts of each day are kept, which have no personal data, from 30d to 3650d. Otherwise
    /// 400d.
    #[arg(long, env = "RELINK_KEEP_STATISTICS")]
    pub keep_statistics: Option<String>,
}

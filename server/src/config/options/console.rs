//! Settings for the operators' console.

use clap::Args;
use clap::builder::FalseyValueParser;

use super::OidcOptions;

/// Sign-in to the console.
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleOptions {
    /// Email addresses of operators who may sign in to the console at /console with an emailed code,
    /// separated by commas. A role can follow, as in `ada@shop.example:viewer`: `viewer` sees, `operator` also asks
    /// customers and retries, `admin` also ends the sessions of others; without one it is `admin`. Needs
    /// `RELINK_SMTP_URL`. Sign-in with `RELINK_API_KEY`, or with an API key of
    /// scope `console`, works without it.
    #[arg(long, env = "RELINK_OPERATORS")]
    pub operators: Option<String>,

    /// Number of accounts above which a batch of relink requests waits until a second operator, who is not signed in with
    /// a key, approves it; from 0 to 10000. Otherwise no batch waits.
    #[arg(long, env = "RELINK_BATCH_APPROVAL_ABOVE")]
    pub batch_approval_above: Option<String>,

    /// Store names and email addresses of customers from Stripe, and show them to operators, who can search for them. They
    /// are read in the background's share of the calls, which needs read access to customers, and again when Stripe sends
    /// `customer.updated` or `customer.deleted`; add these to the event destination. Otherwise none are stored, and those
    /// that were are deleted.
    #[arg(long, env = "RELINK_CUSTOMER_NAMES", value_parser = FalseyValueParser::new())]
    pub customer_names: bool,

    /// Sign-in by OpenID Connect.
    #[command(flatten)]
    pub oidc: OidcOptions,
}

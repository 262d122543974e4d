//! Settings for the operators' console.

use clap::Args;

/// Sign-in to the console.
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleOptions {
    /// Email addresses of operators who may sign in to the console at /console with an emailed code,
    /// separated by commas. Needs `RELINK_SMTP_URL`. Sign-in with `RELINK_API_KEY`, or with an API key of
    /// scope `console`, works without it.
    #[arg(long, env = "RELINK_OPERATORS")]
    pub operators: Option<String>,
}

//! Settings for the operators' console.

use clap::Args;

/// Who may use it.
#[derive(Clone, Debug, Default, Args)]
pub struct ConsoleOptions {
    /// Mailboxes of those who may sign in to the console at /console by a code that is mailed to them, separated by commas.
    /// Needs `RELINK_SMTP_URL`. Whoever has `RELINK_API_KEY`, or a key with the scope `console`, may sign in without.
    #[arg(long, env = "RELINK_OPERATORS")]
    pub operators: Option<String>,
}

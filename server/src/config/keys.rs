//! `relink-server keys`.

use clap::Subcommand;

/// What can be done with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyTask {
    /// Make a key and print it, this once: only its hash is kept.
    Create {
        /// The program that uses it, such as `shop back end`.
        name: String,
        /// What it may do, separated by commas: `accounts:read`, `requests:read`, `requests:write`, `operations:read`,
        /// `operations:write`, `audit:read`, `console`.
        #[arg(long)]
        scopes: String,
        /// The person who answers for it, for the list, the console and the audit trail.
        #[arg(long)]
        owner: Option<String>,
        /// The end of the key: in so many days, such as 90, or at the beginning of a day (UTC), such as 2027-01-31. From
        /// then on it is refused. Otherwise it has no end.
        #[arg(long, value_name = "DAYS or DATE")]
        expires: Option<String>,
    },
    /// List all keys with their owner, last use and end, without what opens anything.
    List,
    /// Let nobody in with this key any more, from now on.
    Revoke {
        /// Its identifier, `key_…`.
        id: String,
    },
}

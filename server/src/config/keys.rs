//! `relink-server keys`.

use clap::Subcommand;

/// What can be done with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyTask {
    /// Make a key and print it, this once: only its hash is kept.
    Create {
        /// Whose it is, such as `shop back end`.
        name: String,
        /// What it may do, separated by commas: `accounts:read`, `requests:read`, `requests:write`, `operations:read`,
        /// `operations:write`, `audit:read`, `console`.
        #[arg(long)]
        scopes: String,
    },
    /// List all keys, without what opens anything.
    List,
    /// Let nobody in with this key any more, from now on.
    Revoke {
        /// Its identifier, `key_…`.
        id: String,
    },
}

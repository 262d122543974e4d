//! `relink-server keys`.

use clap::Subcommand;

/// Subcommands for API keys.
#[derive(Clone, Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Create an API key and print it once; only its hash is stored.
    Create {
        /// Name of the program that uses it, such as `shop back end`.
        name: String,
        /// Scopes of the key, separated by commas: `accounts:read`, `requests:read`, `requests:write`,
        /// `operations:read`, `operations:write`, `audit:read`, `console`.
        #[arg(long)]
        scopes: String,
        /// Person who is responsible for the key; shown in the list, the console and the audit trail.
        #[arg(long)]
        owner: Option<String>,
        /// Expiry: a number of days, such as 90, or the beginning of a day (UTC), such as 2027-01-31. From then on the
        /// key is refused. Otherwise it does not expire.
        #[arg(long, value_name = "DAYS or DATE")]
        expires: Option<String>,
    },
    /// List all keys with owner, last use and expiry, without any secret.
    List,
    /// Revoke a key with immediate effect.
    Revoke {
        /// Identifier of the key, `key_…`.
        id: String,
    },
}

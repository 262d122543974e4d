//! `relink-server data-key`.

use clap::Subcommand;

/// Subcommands for the keys that encrypt personal data in the database.
#[derive(Clone, Debug, Subcommand)]
pub enum DataKeyCommand {
    /// Print a new key, a line for `RELINK_DATA_KEY_FILE`. It is stored nowhere: who loses it loses the data.
    Generate,
    /// Count the encrypted values by column and key. Reads the whole database.
    Status,
    /// Encrypt everything that is not encrypted with the first key of `RELINK_DATA_KEY_FILE`, or decrypt everything if its
    /// first line is `plaintext`. May run beside the servers, be interrupted and started again.
    Rotate {
        /// Afterwards rewrite the tables, so that nothing of the earlier values stays in free space of the files. Servers wait
        /// for it, so stop them first.
        #[arg(long)]
        vacuum: bool,
    },
}

//! `relink-server audit`.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;

/// Subcommands for the audit trail.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify the hash chain from its first entry to its last, print where it breaks, and print its head. Exits
    /// with 1 if it breaks anywhere.
    Verify {
        /// Hash of a head that an earlier run printed and that you have kept elsewhere; it must still be in the chain.
        /// Without it, the removal of entries from the end is not detected if the head was changed, too.
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
    /// Write the entries as lines of JSON, oldest first, for a SIEM (a system that collects security events).
    Export {
        /// File to write, which must not exist; `-` for standard output.
        file: PathBuf,
        /// Only entries from this time on, such as 2026-11-28T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Only entries before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
        /// Only entries after this one (`aud_…`), the last one of the previous export, so
        /// that none is missed or repeated.
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
}

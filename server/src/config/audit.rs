//! `relink-server audit`.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;

/// Subcommands for the audit trail.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditTask {
    /// Check the chain of hashes from its first entry to its last, say where it breaks, and print its head. Ends with 1 if it
    /// breaks anywhere.
    Verify {
        /// The hash of a head that an earlier run has printed, and that you have kept elsewhere: it must still be in the
        /// chain. Without one, entries that were removed from the end by somebody who also changed the head don't show.
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
    /// Write the entries as lines of JSON, the oldest first, for a program that collects security events (SIEM).
    Export {
        /// The file to write, which must not exist; `-` for standard output.
        file: PathBuf,
        /// Only entries from this moment on, such as 2026-11-28T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Only entries before this moment.
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
        /// Only entries behind this one (`aud_…`), the last one of the export before: none is missed and none comes twice.
        #[arg(long, value_name = "ID")]
        after: Option<String>,
    },
}

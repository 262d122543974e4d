//! Limit of open files, which also limits the number of connections.

/// Usual default of operating systems, used if the limit is unknown.
const USUAL: u64 = 1024;

/// Raises the limit to `needed`, or as far as the system allows. Returns the resulting limit.
pub(crate) fn raise_limit(needed: u64) -> u64 {
    rlimit::increase_nofile_limit(needed).unwrap_or_else(|error| {
        tracing::warn!(%error, "can't raise the limit of open files: {error}");
        USUAL
    })
}

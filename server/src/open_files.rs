//! The limit of open files, which is also the limit of connections.

/// What systems allow by default, for when nothing else is known.
const USUAL: u64 = 1024;

/// Raises the limit to `needed`, or as far as the system lets this process. Returns the limit that holds then.
pub(crate) fn raise_limit(needed: u64) -> u64 {
    rlimit::increase_nofile_limit(needed).unwrap_or_else(|error| {
        tracing::warn!(%error, "can't raise the limit of open files: {error}");
        USUAL
    })
}

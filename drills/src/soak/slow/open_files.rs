//! Limit of files and sockets that this program may have open.

use anyhow::{Context as _, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raised limit. The earlier limit is restored on drop, so that servers that are started later do not inherit this
/// one.
#[derive(Debug)]
pub(super) struct OpenFiles {
    soft: u64,
    hard: u64,
}

impl OpenFiles {
    /// Raises the limit by this number.
    pub(super) fn raise_limit(more: u64) -> Result<Self> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        setrlimit(Resource::RLIMIT_NOFILE, soft.saturating_add(more).min(hard), hard)
            .context("the limit of open files can't be raised")?;
        Ok(Self { soft, hard })
    }
}

impl Drop for OpenFiles {
    fn drop(&mut self) {
        // Lowering it can't fail.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, self.soft, self.hard);
    }
}

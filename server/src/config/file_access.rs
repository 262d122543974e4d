//! Access of other users of the machine to files with secrets.

use std::fs::Metadata;

/// True if every user of the machine may read or change the file.
#[cfg(unix)]
pub(super) fn is_open_to_all(file: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o006 != 0
}

#[cfg(not(unix))]
pub(super) fn is_open_to_all(_file: &Metadata) -> bool {
    false
}

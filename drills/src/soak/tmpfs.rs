//! Small file system in memory that can be filled up.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Memory page, the unit in which such a file system allocates.
const BLOCK: [u8; 4096] = [1; 4096];

/// Mounted file system. It is unmounted when it is dropped.
#[derive(Debug)]
pub(super) struct Tmpfs {
    folder: PathBuf,
}

impl Tmpfs {
    /// Creates `folder` and mounts a file system of this size there. Needs root on Linux.
    pub(super) fn mount(folder: &Path, bytes: u64) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "relink-drill"]).arg(folder);
        let output = mount.output().context("mount can't be started")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(Self { folder: folder.to_owned() })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file until there is no space left.
    pub(super) fn fill(&self) -> Result<()> {
        let mut ballast = File::options().create(true).append(true).open(self.ballast())?;
        loop {
            match ballast.write_all(&BLOCK) {
                Ok(()) => (),
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error).context("the file system can't be filled"),
            }
        }
    }

    /// Removes the file that [`Tmpfs::fill`] has written.
    pub(super) fn free(&self) -> Result<()> {
        fs::remove_file(self.ballast()).context("the file system can't be freed")
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily, because a server that a failed drill leaves behind may still have open files.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::Tmpfs;

    #[test]
    fn a_full_file_system_takes_nothing_until_it_is_freed() {
        let folder = tempfile::tempdir().unwrap();
        // Only root can mount. The drill is skipped for other users, too.
        let Ok(disk) = Tmpfs::mount(&folder.path().join("disk"), 1024 * 1024) else { return };
        disk.fill().unwrap();
        let write = || fs::write(disk.folder().join("one more"), "text");
        assert_eq!(write().unwrap_err().kind(), ErrorKind::StorageFull);
        disk.free().unwrap();
        write().unwrap();
    }
}

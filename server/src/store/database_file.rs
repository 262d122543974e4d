//! SQLite's file: creates and locks it, and compares the open file with the one that is at its path now.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use crate::config::database::DatabaseUrl;

/// The file that this process has open. Writes to a file that was removed or replaced succeed and are lost.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    opened: Option<FileId>,
    /// Set once the log is gone, after which no connection is opened: a new log beside connections that use the old one
    /// would destroy the database.
    is_log_lost: AtomicBool,
}

/// Device and inode.
type FileId = (u64, u64);

/// Reason for which the open file must no longer be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum FileLost {
    /// No file is at the path.
    #[error(
        "the database's file was removed while the server is running; put the same file back, or restore a backup and \
         restart the server"
    )]
    Removed,
    /// Another file is at the path.
    #[error(
        "the database's file was replaced while the server is running; restart the server to use the new one"
    )]
    Replaced,
    /// The log is gone. It holds committed transactions until SQLite moves them into the database.
    #[error("the database's log file (-wal) was removed while the server is running; restart the server")]
    LogRemoved,
}

impl DatabaseFile {
    /// Stores the identity of the file at the path. Must be called before the first connection is opened.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        // The working directory may change.
        let path = path.canonicalize()?;
        Ok(Self { opened: file_id(&path)?, path, is_log_lost: AtomicBool::new(false) })
    }

    /// Fails if another file, or none, is at the path. One call of `stat`: a few microseconds.
    pub(super) fn check(&self) -> Result<(), FileLost> {
        if self.is_log_lost.load(Ordering::Relaxed) {
            return Err(FileLost::LogRemoved);
        }
        match file_id(&self.path) {
            Ok(found) if found == self.opened => Ok(()),
            Ok(_) => Err(FileLost::Replaced),
            Err(_) => Err(FileLost::Removed),
        }
    }

    /// Also fails if SQLite's log is gone. Must be called while a connection is open that has begun to write.
    pub(super) fn check_with_log(&self) -> Result<(), FileLost> {
        self.check()?;
        let mut log = OsString::from(&self.path);
        log.push("-wal");
        if !Path::new(&log).exists() {
            self.is_log_lost.store(true, Ordering::Relaxed);
        }
        self.check()
    }
}

/// Creates SQLite's file, if missing, readable by its owner only, because it holds personal data. SQLite's files beside
/// it get the same mode.
pub(super) fn create(url: &DatabaseUrl) -> io::Result<()> {
    let Some(file) = url.file() else { return Ok(()) };
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Locks SQLite's file during migrations; another server that starts waits for it.
pub(super) fn lock(url: &DatabaseUrl) -> io::Result<Option<File>> {
    let Some(file) = url.file() else { return Ok(None) };
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    let lock = OpenOptions::new().create(true).append(true).open(name)?;
    lock.lock()?;
    Ok(Some(lock))
}

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<Option<FileId>> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata()?;
    Ok(Some((metadata.dev(), metadata.ino())))
}

/// Other platforms do not allow an open file to be removed or replaced.
#[cfg(not(unix))]
fn file_id(path: &Path) -> io::Result<Option<FileId>> {
    path.metadata().map(|_| None)
}

impl From<FileLost> for sqlx::Error {
    fn from(lost: FileLost) -> Self {
        Self::Io(io::Error::other(lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_removed_or_replaced_is_noticed_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relink.db");
        let elsewhere = folder.path().join("elsewhere.db");
        std::fs::write(&path, "first").unwrap();
        let file = DatabaseFile::open(&path).unwrap();
        assert_eq!(file.check(), Ok(()));
        std::fs::rename(&path, &elsewhere).unwrap();
        assert_eq!(file.check(), Err(FileLost::Removed));
        std::fs::write(&path, "second").unwrap();
        assert_eq!(file.check(), Err(FileLost::Replaced));
        std::fs::rename(&elsewhere, &path).unwrap();
        assert_eq!(file.check(), Ok(()));
        assert_eq!(file.check_with_log(), Err(FileLost::LogRemoved));
        std::fs::write(folder.path().join("relink.db-wal"), "").unwrap();
        assert_eq!(file.check(), Err(FileLost::LogRemoved));
    }
}

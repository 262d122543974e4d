//! Files with secrets, which are read again when they change.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::bail;

use super::options::Options;

/// Settings as they were given, with the names of files in place of secrets.
#[derive(Debug)]
pub(crate) struct SecretFiles {
    given: Options,
    stamps: Vec<Stamp>,
}

/// State of a file or folder, which differs after a change. A mounted secret is replaced by another file.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    /// `None` if the file can't be read.
    state: Option<(Option<SystemTime>, u64, u64)>,
}

impl SecretFiles {
    /// Takes the settings before [`Options::read_secret_files`].
    pub(crate) fn of(given: &Options) -> Self {
        let given = given.clone();
        let stamps = stamps(&given);
        Self { given, stamps }
    }

    /// True if a file has changed since the last call.
    pub(crate) fn have_changed(&mut self) -> bool {
        let stamps = stamps(&self.given);
        let have_changed = stamps != self.stamps;
        self.stamps = stamps;
        have_changed
    }

    /// Reads all files. An empty one is an error: it is being written, and nothing would be accepted meanwhile.
    pub(crate) fn read(&self) -> anyhow::Result<Options> {
        for (name, path) in self.given.secret_files() {
            if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
                bail!("the file of {name} ({}) is empty", path.display());
            }
        }
        let mut options = self.given.clone();
        options.read_secret_files()?;
        Ok(options)
    }
}

fn stamps(given: &Options) -> Vec<Stamp> {
    let files = given.secret_files().into_iter().map(|(_, path)| path.to_owned());
    let folder = given.token_keys.folder();
    let listed = folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten();
    let mut listed: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    listed.sort();
    files.chain(folder.map(Path::to_owned)).chain(listed).map(stamp).collect()
}

fn stamp(path: PathBuf) -> Stamp {
    let state = std::fs::metadata(&path).ok().map(|file| (file.modified().ok(), file.len(), number(&file)));
    Stamp { path, state }
}

/// Returns the number of the file, which differs after it was replaced by another one with the same time.
#[cfg(unix)]
fn number(file: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn number(_file: &Metadata) -> u64 {
    0
}

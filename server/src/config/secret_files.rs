//! Files with secrets, which are read again when they change.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::bail;

use super::file_access::is_open_to_all;
use super::options::{DATA_KEY_FILE, Options};

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

    /// Returns the files that every user of the machine may read or change, each with the name of its setting. The file of the
    /// data keys is not among them, because it is refused then.
    pub(crate) fn exposed(&self) -> Vec<(&'static str, PathBuf)> {
        let folder = self.given.token_keys.folder().map(secrets_in).unwrap_or_default();
        let folder = folder.into_iter().map(|path| ("RELINK_TOKEN_KEYS_DIR", path));
        let files = self.given.secret_files().into_iter().filter(|(name, _)| *name != DATA_KEY_FILE);
        let files = files.map(|(name, path)| (name, path.to_owned())).chain(folder);
        files.filter(|(_, path)| std::fs::metadata(path).is_ok_and(|file| is_open_to_all(&file))).collect()
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

/// Returns the files of the folder with shared secrets. Public keys may be read by everybody.
fn secrets_in(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).into_iter().flatten();
    let files = listed.filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|path| path.extension().is_some_and(|ending| ending == "secret")).collect()
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

//! Sizes of the language files. A browser fetches the two of one language, and the number of languages makes no other file
//! larger.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use relink_messages::LATER_FILE_ENDING;

use super::{FileSize, measure};
use crate::{languages, project};

/// Languages of a built page.
#[derive(Debug)]
pub(super) struct Languages {
    /// Files of the first screens with their sizes, the largest first.
    pub(super) first: Vec<(String, FileSize)>,
    /// Files of the later screens, likewise.
    pub(super) later: Vec<(String, FileSize)>,
}

impl Languages {
    pub(super) fn of(dist: &Path) -> Result<Self> {
        let folder = languages::messages_folder(dist)?;
        let prefix = folder.strip_prefix(dist)?.to_string_lossy().into_owned();
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if is(&name, "txt") {
                files.push((format!("{prefix}/{name}"), measure(&fs::read(folder.join(&name))?)?));
            }
        }
        files.sort_by_key(|(file, size)| (u64::MAX - size.brotli, file.clone()));
        let (later, first) = files.into_iter().partition(|(file, _)| file.ends_with(LATER_FILE_ENDING));
        Ok(Self { first, later })
    }

    /// Returns the names of the largest file of the first screens, and of the later ones.
    pub(super) fn largest(&self) -> Result<[String; 2]> {
        let name = |files: &[(String, FileSize)]| files.first().map(|(file, _)| file.clone());
        let names = name(&self.first).zip(name(&self.later));
        names.map(|(first, later)| [first, later]).context("the page has no language files")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.all().any(|(file, _)| file == name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &(String, FileSize)> {
        self.first.iter().chain(&self.later)
    }

    /// Fails if one of the other files names a language file, because it would then grow with each language.
    pub(super) fn ensure_not_named_by(&self, dist: &Path, others: &[String]) -> Result<()> {
        for other in others.iter().filter(|other| !is(other, "wasm")) {
            let text = project::read(&dist.join(other))?;
            let named = self.all().find(|(file, _)| {
                let name = file.rsplit('/').next().and_then(|name| name.strip_suffix(".txt"));
                name.is_some_and(|name| text.contains(name))
            });
            ensure!(named.is_none(), "{other} names {named:?}: every language would make it longer");
        }
        Ok(())
    }
}

fn is(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_counts_and_no_other_file_may_know_of_any() {
        let dist = tempfile::tempdir().unwrap();
        fs::create_dir(dist.path().join("words-1f")).unwrap();
        for (file, text) in [
            ("words-1f/de-Latn.txt", "de\nJa\nNein, niemals\n"),
            ("words-1f/en-Latn.txt", "en\nYes\n"),
            ("words-1f/de-Latn-later.txt", "de\nSpäter\n"),
            ("words-1f/en-Latn-later.txt", "en\n"),
            ("words-1f/en-Latn.txt.br", ""),
            ("relink.js", "words-1f"),
            ("list.js", "de-Latn, en-Latn"),
        ] {
            fs::write(dist.path().join(file), text).unwrap();
        }
        let languages = Languages::of(dist.path()).unwrap();
        assert_eq!(languages.largest().unwrap(), ["words-1f/de-Latn.txt", "words-1f/de-Latn-later.txt"]);
        assert!(
            languages.has("words-1f/en-Latn.txt")
                && !languages.has("relink.js")
                && languages.all().count() == 4
        );
        assert!(languages.ensure_not_named_by(dist.path(), &["relink.js".to_owned()]).is_ok());
        assert!(languages.ensure_not_named_by(dist.path(), &["list.js".to_owned()]).is_err());
    }
}

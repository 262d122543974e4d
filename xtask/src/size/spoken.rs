//! Sizes of the language files. A browser fetches one of them, and the number of languages makes no other file larger.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::{Weight, weigh};
use crate::{languages, project};

/// Languages of a built page.
#[derive(Debug)]
pub(super) struct Spoken {
    /// Language files with their sizes, the largest first.
    pub(super) files: Vec<(String, Weight)>,
}

impl Spoken {
    pub(super) fn of(dist: &Path) -> Result<Self> {
        let folder = languages::folder(dist)?;
        let prefix = folder.strip_prefix(dist)?.to_string_lossy().into_owned();
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if is(&name, "txt") {
                files.push((format!("{prefix}/{name}"), weigh(&fs::read(folder.join(&name))?)?));
            }
        }
        files.sort_by_key(|(file, weight)| (u64::MAX - weight.brotli, file.clone()));
        Ok(Self { files })
    }

    /// Returns the name of the largest file.
    pub(super) fn heaviest(&self) -> Result<String> {
        self.files.first().map(|(file, _)| file.clone()).context("the page speaks no language")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|(file, _)| file == name)
    }

    /// Fails if one of the other files names a language file, because it would then grow with each language.
    pub(super) fn cost_nothing(&self, dist: &Path, others: &[String]) -> Result<()> {
        for other in others.iter().filter(|other| !is(other, "wasm")) {
            let text = project::read(&dist.join(other))?;
            let named = self.files.iter().find(|(file, _)| {
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
            ("words-1f/en-Latn.txt.br", ""),
            ("relink.js", "words-1f"),
            ("list.js", "de-Latn, en-Latn"),
        ] {
            fs::write(dist.path().join(file), text).unwrap();
        }
        let spoken = Spoken::of(dist.path()).unwrap();
        assert_eq!(spoken.heaviest().unwrap(), "words-1f/de-Latn.txt");
        assert!(spoken.has("words-1f/en-Latn.txt") && !spoken.has("relink.js") && spoken.files.len() == 2);
        assert!(spoken.cost_nothing(dist.path(), &["relink.js".to_owned()]).is_ok());
        assert!(spoken.cost_nothing(dist.path(), &["list.js".to_owned()]).is_err());
    }
}

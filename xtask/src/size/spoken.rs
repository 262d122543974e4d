//! The languages: a browser fetches one of them, and what the page says of the others is all that they cost it.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Weight, weigh};
use crate::{languages, project};

/// The languages of a built page.
#[derive(Debug)]
pub(super) struct Spoken {
    /// Their files, the heaviest first.
    pub(super) files: Vec<(String, Weight)>,
    /// What one more of them, the dearest, adds to the page itself.
    pub(super) more: Weight,
}

impl Spoken {
    pub(super) fn of(dist: &Path) -> Result<Self> {
        let html = project::read(&dist.join("index.html"))?;
        let (mut files, mut more) = (Vec::new(), Weight::default());
        for (code, file) in languages::of_page(&html)? {
            let words = project::read(&dist.join(&file))?;
            files.push((file, weigh(words.as_bytes())?));
            let added = weigh(html.as_bytes())?.beyond(weigh(languages::without(&html, &code)?.as_bytes())?);
            if added.brotli > more.brotli {
                more = added;
            }
        }
        files.sort_by_key(|(file, weight)| (u64::MAX - weight.brotli, file.clone()));
        Ok(Self { files, more })
    }

    /// The one that a reader waits longest for.
    pub(super) fn heaviest(&self) -> Result<String> {
        self.files.first().map(|(file, _)| file.clone()).context("the page speaks no language")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|(file, _)| file == name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_heaviest_language_counts_and_the_others_cost_what_the_page_says_of_them() {
        let dist = tempfile::tempdir().unwrap();
        let html =
            r#"<script type="application/json">{"de":["de.txt","ltr"],"en":["en.txt","ltr"]}</script>"#;
        for (file, text) in
            [("index.html", html), ("de.txt", "de\nJa\nNein, niemals\n"), ("en.txt", "en\nYes\n")]
        {
            fs::write(dist.path().join(file), text).unwrap();
        }
        let spoken = Spoken::of(dist.path()).unwrap();
        assert_eq!(spoken.heaviest().unwrap(), "de.txt");
        assert_eq!(spoken.more.raw, r#""de":["de.txt","ltr"],"#.len() as u64);
        assert!(spoken.has("en.txt") && !spoken.has("boot.js"));
    }
}

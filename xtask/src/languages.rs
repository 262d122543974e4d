//! The words: a folder in the built page with a file for each language.
//!
//! The folder is named after all of them together, and a file after its script: so nothing has to say which there are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use relink_texts::Language;

use crate::project::{Project, copy_folder};
use crate::{asset_names, element};

const FOLDER: &str = "words-";

/// Puts the words into a built page; into one for development also those that nobody speaks.
pub(crate) fn write(project: &Project, page: &Path, is_release: bool) -> Result<()> {
    let languages = read(project)?;
    let all: String = languages.iter().map(Language::file).collect();
    let folder = page.join([FOLDER, &asset_names::hash(all.as_bytes())].concat());
    fs::create_dir_all(&folder)?;
    add(&folder, &languages)?;
    if is_release { Ok(()) } else { add(&folder, &pseudo(&languages)?) }
}

/// The keys of the lines of every file.
pub(crate) fn keys(project: &Project) -> Result<Vec<String>> {
    let languages = read(project)?;
    let english = languages.first().context("there is no English")?;
    Ok(english.keys().map(str::to_owned).collect())
}

/// A copy of the built page that also speaks the languages that nobody speaks. For tests.
pub(crate) fn page_for_tests(project: &Project, built: &Path) -> Result<PathBuf> {
    let page = project.target.join("page-for-tests");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    copy_folder(built, &page, &[])?;
    add(&folder(&page)?, &pseudo(&read(project)?)?)?;
    Ok(page)
}

/// The words of a built page.
pub(crate) fn folder(page: &Path) -> Result<PathBuf> {
    Ok(page.join(element::only(page, FOLDER, "")?))
}

fn read(project: &Project) -> Result<Vec<Language>> {
    relink_texts::read(&project.root.join("locales")).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("locales/ is not in order:\n{}", faults.join("\n"))
    })
}

fn pseudo(languages: &[Language]) -> Result<[Language; 2]> {
    languages.first().map(relink_texts::pseudo).context("there is no English")
}

fn add(folder: &Path, languages: &[Language]) -> Result<()> {
    for language in languages {
        fs::write(folder.join(language.file_name()), language.file())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(texts: &[(&str, &str, &str)]) -> Vec<Language> {
        let folder = tempfile::tempdir().unwrap();
        for (code, script, hello) in texts {
            let text = format!(
                r#"{{"language": "{code}", "direction": "ltr", "script": "{script}", "hello": "{hello}"}}"#
            );
            fs::write(folder.path().join(format!("{code}.json")), text).unwrap();
        }
        relink_texts::read(folder.path()).unwrap()
    }

    #[test]
    fn each_language_is_a_file_named_after_its_script() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path(), &languages(&[("en", "Latn", "Hello"), ("zh-Hans", "Hans", "你好")])).unwrap();
        let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        assert_eq!(read("zh-Hans.txt"), "zh-Hans\nltr\n你好\n");
        assert_eq!(read("en-Latn.txt"), "en\nltr\nHello\n");
    }
}

//! Messages of the built page: a folder with one file for each language.
//!
//! The folder's name contains a hash of all messages, and a file's name is the language and its script, so no other
//! file has to list the languages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use relink_messages::Language;

use crate::asset_names;
use crate::project::{Project, copy_folder};

const FOLDER_PREFIX: &str = "words-";

/// Writes the messages into a built page, and the pseudo-locales unless it is a release.
pub(crate) fn write(project: &Project, page: &Path, is_release: bool) -> Result<()> {
    let languages = read(project)?;
    let all: String = languages.iter().map(Language::browser_file).collect();
    let folder = page.join([FOLDER_PREFIX, &asset_names::hash(all.as_bytes())].concat());
    fs::create_dir_all(&folder)?;
    add(&folder, &languages)?;
    if is_release { Ok(()) } else { add(&folder, &pseudo(&languages)?) }
}

/// Returns the keys of the messages, in the order of the lines of each file.
pub(crate) fn message_keys(project: &Project) -> Result<Vec<String>> {
    let languages = read(project)?;
    let english = languages.first().context("there is no English")?;
    Ok(english.keys().map(str::to_owned).collect())
}

/// Copies the built page and adds the pseudo-locales, for tests.
pub(crate) fn page_for_tests(project: &Project, built: &Path) -> Result<PathBuf> {
    let page = project.target.join("page-for-tests");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    copy_folder(built, &page, &[])?;
    add(&messages_folder(&page)?, &pseudo(&read(project)?)?)?;
    Ok(page)
}

/// Returns the folder with the messages of a built page.
pub(crate) fn messages_folder(page: &Path) -> Result<PathBuf> {
    Ok(page.join(asset_names::single_file(page, FOLDER_PREFIX, "")?))
}

fn read(project: &Project) -> Result<Vec<Language>> {
    relink_messages::read(&project.root.join("locales")).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("locales/ has errors:\n{}", faults.join("\n"))
    })
}

fn pseudo(languages: &[Language]) -> Result<[Language; 2]> {
    languages.first().map(relink_messages::pseudo_languages).context("there is no English")
}

fn add(folder: &Path, languages: &[Language]) -> Result<()> {
    for language in languages {
        fs::write(folder.join(language.browser_file_name()), language.browser_file())?;
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
        relink_messages::read(folder.path()).unwrap()
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

//! Messages of the built page: a folder with two files for each language, as the program has two parts.
//!
//! The folder's name contains a hash of all messages, and a file's name is the language and its script, so no other
//! file has to list the languages. The first file of a language ends with the address of its later one.

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
    let all: String =
        languages.iter().flat_map(|language| [language.first_file(""), language.later_file()]).collect();
    let folder = page.join([FOLDER_PREFIX, &asset_names::hash(all.as_bytes())].concat());
    fs::create_dir_all(&folder)?;
    add(&folder, &languages)?;
    if is_release { Ok(()) } else { add(&folder, &pseudo(&languages)?) }
}

/// Returns the keys of the first messages, in the order of the lines of each file.
pub(crate) fn first_message_keys(project: &Project) -> Result<Vec<String>> {
    let languages = read(project)?;
    let english = languages.first().context("there is no English")?;
    Ok(english.first_keys().map(str::to_owned).collect())
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
    let folder_name = folder.file_name().context("the folder of the messages has no name")?.to_string_lossy();
    for language in languages {
        let later = language.later_file_name();
        fs::write(folder.join(&later), language.later_file())?;
        let address = ["./", &folder_name, "/", &later].concat();
        fs::write(folder.join(language.first_file_name()), language.first_file(&address))?;
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
    fn each_language_is_two_files_named_after_its_script_and_the_first_names_the_later_one() {
        let page = tempfile::tempdir().unwrap();
        let folder = page.path().join("words-1f");
        fs::create_dir(&folder).unwrap();
        add(&folder, &languages(&[("en", "Latn", "Hello"), ("zh-Hans", "Hans", "你好")])).unwrap();
        let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(read("zh-Hans.txt"), "zh-Hans\nltr\n./words-1f/zh-Hans-later.txt\n");
        assert_eq!(read("zh-Hans-later.txt"), "zh-Hans\n你好\n");
        assert_eq!(read("en-Latn-later.txt"), "en\nHello\n");
    }
}

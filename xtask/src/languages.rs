//! `cargo xtask languages`, which trunk calls after each build of the page: puts the languages beside the other files,
//! and into `index.html` what `boot.js` has to know of each before it fetches one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use relink_texts::Language;
use serde_json::{Map, Value, json};

use crate::project::{self, Project};
use crate::{compress, shrink};

const PAGE: &str = "index.html";
/// Where `index.html` has them. A minifier may have taken quotes away that stood between.
const BEGIN: &str = "application/json";
const END: &str = "</script>";

/// Write the languages into a built page. For trunk, which sets both variables.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The page's folder
    #[arg(long, env = "TRUNK_STAGING_DIR")]
    folder: PathBuf,
    /// Languages that nobody speaks are for development
    #[arg(long, env = "TRUNK_PROFILE", default_value = "release")]
    profile: String,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let languages = read(project)?;
    let pseudo = languages.first().filter(|_| args.profile != "release").map(relink_texts::pseudo);
    let all: Vec<Language> = languages.iter().cloned().chain(pseudo.into_iter().flatten()).collect();
    add(&args.folder, &all)
}

/// A copy of the built page that also speaks the languages that nobody speaks. For tests.
pub(crate) fn page_for_tests(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("page-for-tests");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(project.dist())? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join(entry.file_name()))
            .with_context(|| format!("{} has more than files", project.dist().display()))?;
    }
    let english = read(project)?;
    add(&folder, &english.first().map(relink_texts::pseudo).context("there is no English")?)?;
    compress::folder(&folder)?;
    Ok(folder)
}

/// The languages that a built page names, each with its file.
pub(crate) fn of_page(html: &str) -> Result<Vec<(String, String)>> {
    let (_, known, _) = apart(html)?;
    let file = |known: &Value| known.get(0).and_then(Value::as_str).map(str::to_owned);
    let files = known.iter().map(|(code, known)| Some((code.clone(), file(known)?)));
    files.collect::<Option<_>>().with_context(|| format!("{PAGE} names a language without its file"))
}

/// The page without a language.
pub(crate) fn without(html: &str, code: &str) -> Result<String> {
    let (before, mut known, after) = apart(html)?;
    known.remove(code);
    together(before, &known, after)
}

fn read(project: &Project) -> Result<Vec<Language>> {
    relink_texts::read(&project.root.join("locales")).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("locales/ is not in order:\n{}", faults.join("\n"))
    })
}

/// Named after what is in them, as browsers keep these files for ever.
fn add(folder: &Path, languages: &[Language]) -> Result<()> {
    let html = project::read(&folder.join(PAGE))?;
    let (before, mut known, after) = apart(&html)?;
    for language in languages {
        let words = language.file();
        let file = format!("{}-{}.txt", language.code(), shrink::hash(words.as_bytes()));
        fs::write(folder.join(&file), words)?;
        let [direction, title, loading, heading, body, again] = language.shell();
        let shell = json!([file, direction, title, loading, heading, body, again]);
        known.insert(language.code().to_owned(), shell);
    }
    Ok(fs::write(folder.join(PAGE), together(before, &known, after)?)?)
}

/// What stands before the languages in a page, the languages, and what stands after them.
fn apart(html: &str) -> Result<(&str, Map<String, Value>, &str)> {
    ensure!(html.matches(BEGIN).count() == 1, "{PAGE} has not one place for the languages");
    let at = html.find(BEGIN).and_then(|at| Some(at + html.get(at..)?.find('>')? + 1)).unwrap_or_default();
    let (before, rest) = html.split_at(at);
    let end = rest.find(END).with_context(|| format!("the languages in {PAGE} have no end"))?;
    let (known, after) = rest.split_at(end);
    match serde_json::from_str(known).with_context(|| format!("the languages in {PAGE} are no JSON"))? {
        Value::Object(known) => Ok((before, known, after)),
        Value::String(_) => Ok((before, Map::new(), after)),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            bail!("{PAGE} has {other} in the place of the languages")
        }
    }
}

fn together(before: &str, known: &Map<String, Value>, after: &str) -> Result<String> {
    // Nothing in it can end the element.
    let known = serde_json::to_string(known)?.replace('<', "\\u003c");
    Ok([before, &known, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str =
        r#"<html><script type=application/json id=languages>"LANGUAGES"</script><script src=/b.js>"#;

    fn languages(texts: &[(&str, &str)]) -> Vec<Language> {
        let folder = tempfile::tempdir().unwrap();
        for (code, hello) in texts {
            let text = format!(
                r#"{{"language": "{code}", "direction": "ltr", "hello": "{hello}", "loading": "<"}}"#
            );
            fs::write(folder.path().join(format!("{code}.json")), text).unwrap();
        }
        relink_texts::read(folder.path()).unwrap()
    }

    #[test]
    fn each_language_is_a_file_named_after_its_content_and_the_page_names_it() {
        let dist = tempfile::tempdir().unwrap();
        fs::write(dist.path().join(PAGE), EMPTY).unwrap();
        add(dist.path(), &languages(&[("en", "Hello"), ("zh-Hans", "你好")])).unwrap();
        let html = project::read(&dist.path().join(PAGE)).unwrap();
        let files = of_page(&html).unwrap();
        let [(english, _), (chinese, file)] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!((english.as_str(), chinese.as_str()), ("en", "zh-Hans"));
        assert_eq!(fs::read_to_string(dist.path().join(file)).unwrap(), "zh-Hans\nltr\n你好\n<\n");
        assert!(file.starts_with("zh-Hans-") && file.len() == "zh-Hans-0123456789abcdef.txt".len(), "{file}");
        assert!(html.contains("\\u003c") && html.ends_with("</script><script src=/b.js>"), "{html}");
        assert_eq!(of_page(&without(&html, "zh-Hans").unwrap()).unwrap().len(), 1);
    }

    #[test]
    fn a_language_that_is_added_leaves_the_others() {
        let dist = tempfile::tempdir().unwrap();
        fs::write(dist.path().join(PAGE), EMPTY).unwrap();
        let english = languages(&[("en", "Hello")]);
        add(dist.path(), &english).unwrap();
        add(dist.path(), &relink_texts::pseudo(&english[0])).unwrap();
        let named = of_page(&project::read(&dist.path().join(PAGE)).unwrap()).unwrap();
        assert!(named.iter().map(|(code, _)| code).eq(["ar-XB", "en", "en-XA"]), "{named:?}");
    }

    #[test]
    fn a_page_with_no_place_for_languages_is_an_error() {
        for html in ["", "<script type=application/json>", "<script type=application/json>[]</script>"] {
            assert!(apart(html).is_err(), "{html}");
        }
    }
}

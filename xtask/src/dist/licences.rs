//! Collects the licences of all dependencies from their packages.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::dependencies::{Dependencies, Package};

/// Prefixes, in capitals, of the names of files with a licence or a notice.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
const RULE: &str = "--------------------------------------------------------------------------------";

/// Returns one text with each licence once, after the packages that it applies to.
///
/// Fails if a package has neither a licence field nor a licence file.
pub(super) fn text(dependencies: &Dependencies) -> Result<String> {
    let mut by_text: BTreeMap<String, Vec<&Package>> = BTreeMap::new();
    let mut without = Vec::new();
    for package in &dependencies.0 {
        let texts = texts(&package.folder)?;
        // Releases must state the licence of every package.
        ensure!(
            !(package.licence.is_empty() && texts.is_empty()),
            "{} {} declares no licence",
            package.name,
            package.version
        );
        if texts.is_empty() {
            without.push(package);
        }
        for text in texts {
            by_text.entry(text).or_default().push(package);
        }
    }
    Ok(written(&by_text, &without))
}

fn written(by_text: &BTreeMap<String, Vec<&Package>>, without: &[&Package]) -> String {
    let mut out = String::from("Relink contains the packages below, under these licences.\n");
    // Writing to a String can't fail.
    for (text, packages) in by_text {
        let _ok = writeln!(out, "\n{RULE}");
        for package in packages {
            let _ok = writeln!(out, "{}", line(package));
        }
        let _ok = writeln!(out, "{RULE}\n{text}");
    }
    if !without.is_empty() {
        let _ok = writeln!(out, "\n{RULE}\nPackages that were published without the text of their licence:");
        for package in without {
            let _ok = writeln!(out, "{} by {}", line(package), package.authors.join(", "));
        }
    }
    out
}

fn line(package: &Package) -> String {
    format!("{} {} ({})", package.name, package.version, package.licence)
}

/// Reads the licences and notices in the package's folder.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if NAMES.iter().any(|begin| name.starts_with(begin)) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    let text = |file| Ok(String::from_utf8_lossy(&fs::read(file)?).replace('\r', "").trim().to_owned());
    files.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::super::dependencies::{Dependencies, Package};
    use super::text;

    fn package(name: &str, licence: &str, folder: &Path) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            authors: vec!["Ann".to_owned()],
            folder: folder.to_owned(),
            checksum: None,
        }
    }

    #[test]
    fn each_licence_text_appears_once() {
        let (with, without) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(with.path().join("LICENSE-MIT"), "Do as you like.\r\n").unwrap();
        let packages = [
            package("one", "MIT", with.path()),
            package("other", "MIT", with.path()),
            package("third", "Zlib", without.path()),
        ];
        let text = text(&Dependencies(BTreeSet::from(packages))).unwrap();
        assert_eq!(text.matches("Do as you like.").count(), 1, "{text}");
        assert!(text.contains("one 1.0.0 (MIT)\nother 1.0.0 (MIT)\n"), "{text}");
        assert!(text.contains("third 1.0.0 (Zlib) by Ann\n"), "{text}");
    }

    #[test]
    fn a_package_that_says_nothing_of_its_licence_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let packages = BTreeSet::from([package("one", "", folder.path())]);
        assert!(text(&Dependencies(packages)).is_err());
    }
}

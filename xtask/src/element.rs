//! Writes the element's own files next to the program: the loader, HTML pages, scripts, style sheets and messages.
//!
//! The loader and the pages contain the names of the other files, which contain a hash of their content. trunk runs
//! `cargo xtask element` after each build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::project::{self, Project};
use crate::run::capture;
use crate::tools::esbuild;
use crate::{asset_names, languages};

/// File name of the loader. It is fixed, because merchants' pages refer to it.
pub(crate) const LOADER: &str = "relink.js";
/// Pages and the files that each of them names, relative to the clone's root.
const PAGES: [(&str, &[&str]); 2] = [
    ("index.html", &["style/page.css", "style/main.css", "element/page.js"]),
    ("frame.html", &["style/frame.css", "element/frame.js"]),
];

/// Write the element's files into a built page.
///
/// trunk runs this command and sets both environment variables.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the built page.
    #[arg(long, env = "TRUNK_STAGING_DIR")]
    folder: PathBuf,
    /// Build profile: `release` minifies the files and leaves out the pseudo-locales.
    #[arg(long, env = "TRUNK_PROFILE", default_value = "release")]
    profile: String,
}

pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    write(project, &args.folder, args.profile == "release")
}

/// Writes the element's files into `folder`, which must already contain the program and `index.html`.
pub(crate) fn write(project: &Project, folder: &Path, is_release: bool) -> Result<()> {
    languages::write(project, folder, is_release)?;
    fs::copy(project.root.join("frame.html"), folder.join("frame.html"))?;
    for (page, named) in PAGES {
        fill(project, folder, (page, named), is_release)?;
    }
    loader(project, folder, is_release)
}

/// Bundles the files that a page names, and replaces their names in the page with those of the bundles.
fn fill(project: &Project, folder: &Path, (page, named): (&str, &[&str]), is_small: bool) -> Result<()> {
    let file = folder.join(page);
    let mut html = project::read(&file)?;
    for source in named {
        let text = bundled(project, source, &[], is_small)?;
        let (stem, extension) =
            source.rsplit('/').next().and_then(|name| name.split_once('.')).unwrap_or_default();
        let built = format!("{stem}-{}.{extension}", asset_names::hash(text.as_bytes()));
        html = asset_names::replaced(&html, source, &built)?;
        fs::write(folder.join(&built), text)?;
    }
    Ok(fs::write(file, html)?)
}

/// Bundles the loader with the names of the other files and the line numbers of its messages.
fn loader(project: &Project, folder: &Path, is_small: bool) -> Result<()> {
    let mut known = vec![
        ("FILES.style".to_owned(), quoted(&only(folder, "main-", ".css")?)),
        ("FILES.glue".to_owned(), quoted(&only(folder, "relink-", ".js")?)),
        ("FILES.wasm".to_owned(), quoted(&wasm(folder)?)),
        ("FILES.words".to_owned(), quoted(&only(folder, "words-", "")?)),
    ];
    for (place, key) in languages::keys(project)?.iter().enumerate() {
        if relink_messages::LOADER_KEYS.contains(&key.as_str()) {
            known.push((format!("LINE.{key}"), place.to_string()));
        }
    }
    let defines: Vec<String> = known.iter().map(|(name, value)| format!("--define:{name}={value}")).collect();
    let text = bundled(project, "element/relink.js", &defines, is_small)?;
    for unknown in ["FILES.", "LINE."] {
        let at = text.find(unknown).and_then(|at| text.get(at..)).and_then(|rest| rest.lines().next());
        ensure!(at.is_none(), "the loader asks for something that there is not: {}", at.unwrap_or_default());
    }
    Ok(fs::write(folder.join(LOADER), text)?)
}

/// Returns the file name of the program's initial part.
fn wasm(folder: &Path) -> Result<String> {
    only(folder, "relink-", "_bg.wasm").or_else(|_| {
        let files = named(folder, "relink-", ".wasm")?;
        let first: Vec<String> =
            files.into_iter().filter(|file| !file.starts_with(asset_names::LATER)).collect();
        alone(first, "relink-….wasm")
    })
}

/// Bundles a script or a style sheet with everything that it imports.
fn bundled(project: &Project, source: &str, options: &[String], is_small: bool) -> Result<String> {
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.arg(project.root.join(source)).args([
        "--bundle",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
    ]);
    esbuild.args(["--charset=utf8", "--external:data:*"]).args(options);
    if is_small {
        esbuild.args(["--minify", "--legal-comments=none"]);
    }
    capture(&mut esbuild).with_context(|| format!("could not bundle {source}"))
}

fn quoted(name: &str) -> String {
    ["\"", name, "\""].concat()
}

/// Returns the only file name in the folder with this prefix and suffix. Fails if there is none or more than one.
pub(crate) fn only(folder: &Path, begin: &str, end: &str) -> Result<String> {
    alone(named(folder, begin, end)?, &format!("{begin}…{end}"))
}

fn alone(found: Vec<String>, wanted: &str) -> Result<String> {
    match <[String; 1]>::try_from(found) {
        Ok([file]) => Ok(file),
        Err(files) => bail!("there is not one file {wanted} but {files:?}"),
    }
}

fn named(folder: &Path, begin: &str, end: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(begin) && name.ends_with(end) {
            found.push(name);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_twice_or_not_at_all_is_an_error() {
        let dist = tempfile::tempdir().unwrap();
        assert!(only(dist.path(), "app-", "_bg.wasm").is_err());
        fs::write(dist.path().join("app-1f_bg.wasm"), "").unwrap();
        fs::write(dist.path().join("app-1f.js"), "").unwrap();
        assert_eq!(only(dist.path(), "app-", "_bg.wasm").unwrap(), "app-1f_bg.wasm");
        fs::write(dist.path().join("app-2e_bg.wasm"), "").unwrap();
        assert!(only(dist.path(), "app-", "_bg.wasm").is_err());
    }

    #[test]
    fn the_first_part_of_the_program_is_told_from_the_later_one() {
        let dist = tempfile::tempdir().unwrap();
        for file in ["relink-1f.wasm", "relink-later-2e.wasm", "relink-3d.js"] {
            fs::write(dist.path().join(file), "").unwrap();
        }
        assert_eq!(wasm(dist.path()).unwrap(), "relink-1f.wasm");
    }
}

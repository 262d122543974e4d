//! Writes the element's own files next to the program: the loader, HTML pages, scripts, style sheets and messages.
//!
//! The loader and the pages contain the names of the other files, which contain a hash of their content. trunk runs
//! `cargo xtask element` after each build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::command::capture;
use crate::project::{self, Project};
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
        write_page(project, folder, (page, named), is_release)?;
    }
    write_loader(project, folder, is_release)
}

/// Bundles the files that a page names, and replaces their names in the page with those of the bundles.
fn write_page(project: &Project, folder: &Path, (page, named): (&str, &[&str]), minify: bool) -> Result<()> {
    let file = folder.join(page);
    let mut html = project::read(&file)?;
    for source in named {
        let text = bundle(project, source, &[], minify)?;
        let (stem, extension) =
            source.rsplit('/').next().and_then(|name| name.split_once('.')).unwrap_or_default();
        let built = format!("{stem}-{}.{extension}", asset_names::hash(text.as_bytes()));
        html = asset_names::replace_name(&html, source, &built)?;
        fs::write(folder.join(&built), text)?;
    }
    Ok(fs::write(file, html)?)
}

/// Bundles the loader with the names of the other files and the line numbers of its messages.
fn write_loader(project: &Project, folder: &Path, minify: bool) -> Result<()> {
    let mut known = vec![
        ("FILES.style".to_owned(), quoted(&asset_names::single_file(folder, "main-", ".css")?)),
        ("FILES.glue".to_owned(), quoted(&asset_names::single_file(folder, "relink-", ".js")?)),
        ("FILES.wasm".to_owned(), quoted(&initial_wasm(folder)?)),
        ("FILES.words".to_owned(), quoted(&asset_names::single_file(folder, "words-", "")?)),
    ];
    for (place, key) in languages::first_message_keys(project)?.iter().enumerate() {
        if relink_messages::LOADER_KEYS.contains(&key.as_str()) {
            known.push((format!("LINE.{key}"), place.to_string()));
        }
    }
    let defines: Vec<String> = known.iter().map(|(name, value)| format!("--define:{name}={value}")).collect();
    let text = bundle(project, "element/relink.js", &defines, minify)?;
    for unknown in ["FILES.", "LINE."] {
        let at = text.find(unknown).and_then(|at| text.get(at..)).and_then(|rest| rest.lines().next());
        ensure!(at.is_none(), "the loader uses an undefined constant: {}", at.unwrap_or_default());
    }
    Ok(fs::write(folder.join(LOADER), text)?)
}

/// Returns the file name of the program's initial part.
fn initial_wasm(folder: &Path) -> Result<String> {
    asset_names::single_file(folder, "relink-", "_bg.wasm").or_else(|_| {
        let files = asset_names::matching_files(folder, "relink-", ".wasm")?;
        let first: Vec<String> =
            files.into_iter().filter(|file| !file.starts_with(asset_names::LAZY_PREFIX)).collect();
        asset_names::single(first, "relink-….wasm")
    })
}

/// Bundles a script or a style sheet with everything that it imports.
fn bundle(project: &Project, source: &str, options: &[String], minify: bool) -> Result<String> {
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.arg(project.root.join(source)).args([
        "--bundle",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
    ]);
    esbuild.args(["--charset=utf8", "--external:data:*"]).args(options);
    if minify {
        esbuild.args(["--minify", "--legal-comments=none"]);
    }
    capture(&mut esbuild).with_context(|| format!("could not bundle {source}"))
}

fn quoted(name: &str) -> String {
    ["\"", name, "\""].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_of_the_program_is_told_from_the_later_one() {
        let dist = tempfile::tempdir().unwrap();
        for file in ["relink-1f.wasm", "relink-later-2e.wasm", "relink-3d.js"] {
            fs::write(dist.path().join(file), "").unwrap();
        }
        assert_eq!(initial_wasm(dist.path()).unwrap(), "relink-1f.wasm");
    }
}

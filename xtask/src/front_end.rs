//! Builds the page: compiles the front end to wasm with cargo, generates its JavaScript with wasm-bindgen's library,
//! and adds the element's own files. trunk is only for development; see `Trunk.toml`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::asset_names::{self, hash};
use crate::glue::{self, Link, Loader};
use crate::project::{self, Project};
use crate::split::{self, Parts};
use crate::tools::{self, rust};
use crate::{compress, element, run, shrink};

const TARGET: &str = "wasm32-unknown-unknown";
/// trunk's placeholder for the program in `index.html`.
const PLACE: &str = r#"<link data-trunk rel="rust""#;

/// Trade-off between the time of a build and the size and speed of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quality {
    /// Compiles fast; for the demo and for tests.
    Demo,
    /// Optimised and, for the page, shrunk; for releases.
    Release,
}

/// Compiled program as browsers fetch it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) first: Vec<u8>,
    pub(crate) glue: String,
    pub(crate) later: Vec<u8>,
}

/// Compiler flags for splitting the program into two parts, which needs the linker's relocations.
const FLAGS: [&str; 2] = ["--cfg=split", "-Clink-arg=--emit-relocs"];
/// Compiler flags that leave out panic messages, source locations and the output of `{:?}`, which only developers read.
const RELEASE_FLAGS: [&str; 4] =
    ["-Cpanic=immediate-abort", "-Zunstable-options", "-Zfmt-debug=none", "-Zlocation-detail=none"];

/// Builds the page and, if that succeeds, replaces `folder` with it.
pub(crate) fn build(project: &Project, quality: Quality, folder: &Path) -> Result<()> {
    // Locking the folders themselves leaves no lock files behind. Two clones may share one build folder, so lock both.
    let _page = tools::lock(File::open(&project.root)?, "another cargo xtask that is building the page")?;
    fs::create_dir_all(&project.target)?;
    let _target = tools::lock(File::open(&project.target)?, "another clone's cargo xtask")?;
    let wasm = compile(project, quality)?;
    let work = tempfile::Builder::new().prefix("xtask-page-").tempdir_in(&project.target)?;
    let parts = split::apart(&wasm, work.path())?;
    let program = match quality {
        Quality::Demo => plain(&parts)?,
        Quality::Release => shrink::program(project, &parts)?,
    };
    let page = work.path().join("page");
    fs::create_dir(&page)?;
    write(project, &program, &page)?;
    element::write(project, &page, quality == Quality::Release)?;
    if quality == Quality::Release {
        compress::folder(&page)?;
    }
    put(&page, folder)
}

/// Compiles the front end and returns the path of the wasm file.
///
/// A release build also compiles the standard library, for size. The precompiled one is built for speed and formats
/// panic messages, which no browser shows; that is a sixth of the wasm. `build-std` is unstable, so `RUSTC_BOOTSTRAP`
/// enables it in the stable compiler. The pinned toolchain makes that safe: unstable features change only with another
/// version, and then this build fails or `cargo xtask size` shows the difference.
fn compile(project: &Project, quality: Quality) -> Result<PathBuf> {
    rust::wasm_target(project)?;
    let mut cargo = project.cargo("build", &["--quiet", "--package=relink", "--bin=relink"]);
    cargo.arg(format!("--target={TARGET}"));
    let mut flags = FLAGS.to_vec();
    let profile = match quality {
        Quality::Demo => "demo",
        Quality::Release => {
            rust::library_source(project)?;
            cargo.env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            cargo.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
            flags.extend(RELEASE_FLAGS);
            "web"
        }
    };
    cargo.arg(format!("--profile={profile}")).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    run::quietly(&mut cargo)?;
    Ok(project.target.join(TARGET).join(profile).join("relink.wasm"))
}

/// Joins the two parts, without optimising them, by a function that loads the second one.
fn plain(parts: &Parts) -> Result<Program> {
    let later = fs::read(&parts.later)?;
    let glue = glue::loaders_exports_only(&parts.glue)?;
    let [module, function] = split::LOADER;
    let link = Link::Plain { shared: split::SHARED };
    let loader = Loader { module, function, file: &later_name(&later), link };
    Ok(Program { first: fs::read(&parts.first)?, glue: glue::with_loader(&glue, &loader)?, later })
}

/// Returns the file name of the lazily loaded part, which the glue contains.
pub(crate) fn later_name(later: &[u8]) -> String {
    format!("{}{}.wasm", asset_names::LATER, hash(later))
}

/// Writes the program's files and the `index.html` that names them.
fn write(project: &Project, program: &Program, page: &Path) -> Result<()> {
    let Program { first, glue, later } = program;
    let wasm = format!("relink-{}.wasm", hash(first));
    let script = format!("relink-{}.js", hash(glue.as_bytes()));
    fs::write(page.join(&wasm), first)?;
    fs::write(page.join(&script), glue)?;
    fs::write(page.join(later_name(later)), later)?;
    let html = bare(&project::read(&project.root.join("index.html"))?);
    Ok(fs::write(page.join("index.html"), with_program(&html, &script, &wasm)?)?)
}

/// Removes comments and indentation from HTML.
fn bare(html: &str) -> String {
    let mut parts = html.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.split_once("-->").map_or("", |(_, after)| after));
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// Replaces trunk's placeholder in the page with links that preload the program.
fn with_program(html: &str, script: &str, wasm: &str) -> Result<String> {
    let (before, place) = html.split_once(PLACE).with_context(|| format!("index.html has no {PLACE}"))?;
    let (_, after) = place.split_once('>').context("the place of the program in index.html does not end")?;
    let names = format!(
        r#"<link rel="modulepreload" href="/{script}" crossorigin="anonymous" />
    <link rel="preload" href="/{wasm}" crossorigin="anonymous" as="fetch" type="application/wasm" />"#
    );
    Ok([before, &names, after].concat())
}

/// Replaces `folder` with the built page.
fn put(page: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    if fs::rename(page, folder).is_ok() {
        return Ok(());
    }
    // `rename` fails if the build folder is on another file system.
    project::copy_folder(page, folder, &[]).with_context(|| format!("could not write {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{bare, put, with_program};

    #[test]
    fn comments_and_indentation_are_not_shipped() {
        let html = "<head>\n    <!-- Who reads\n         this? -->\n    <title>A b</title>\n</head>\n";
        assert_eq!(bare(html), "<head>\n<title>A b</title>\n</head>\n");
    }

    #[test]
    fn the_page_names_the_program_where_trunk_would() {
        let html = "<head>\n    <link data-trunk rel=\"rust\" data-bin=\"relink\" />\n</head>";
        let page = with_program(html, "relink-1f.js", "relink-2e.wasm").unwrap();
        assert!(page.contains(r#"<link rel="modulepreload" href="/relink-1f.js" "#), "{page}");
        assert!(page.contains(r#"<link rel="preload" href="/relink-2e.wasm" "#), "{page}");
        assert!(page.ends_with("/>\n</head>") && !page.contains("data-trunk"), "{page}");
        assert!(with_program("<head></head>", "relink-1f.js", "relink-2e.wasm").is_err());
    }

    #[test]
    fn a_new_page_leaves_nothing_of_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let (page, dist) = (folder.path().join("page"), folder.path().join("dist"));
        for (folder, file) in [(&page, "new.js"), (&dist, "old.js")] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join(file), "").unwrap();
        }
        put(&page, &dist).unwrap();
        assert!(dist.join("new.js").is_file() && !dist.join("old.js").exists());
    }
}

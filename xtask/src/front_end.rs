//! Builds the page: compiles the front end to wasm with cargo, generates its JavaScript with wasm-bindgen's library,
//! and adds the element's own files. trunk is only for development; see `Trunk.toml`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::asset_names::{hash, lazy_file_name};
use crate::glue::{self, ImportNames, Loader};
use crate::project::{self, Project};
use crate::split_wasm::{self, Parts, Program};
use crate::tools::{self, rust};
use crate::{command, compress, element, shrink};

const TARGET: &str = "wasm32-unknown-unknown";
/// trunk's placeholder for the program in `index.html`.
const PLACEHOLDER: &str = r#"<link data-trunk rel="rust""#;

/// Trade-off between the time of a build and the size and speed of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuildMode {
    /// Compiles fast; for the demo and for tests.
    Demo,
    /// Optimised and, for the page, shrunk; for releases.
    Release,
}

/// Compiler flags for splitting the program into two parts, which needs the linker's relocations.
const SPLIT_FLAGS: [&str; 2] = ["--cfg=split", "-Clink-arg=--emit-relocs"];
/// Compiler flags that leave out panic messages, source locations and the output of `{:?}`, which only developers read.
const RELEASE_FLAGS: [&str; 4] =
    ["-Cpanic=immediate-abort", "-Zunstable-options", "-Zfmt-debug=none", "-Zlocation-detail=none"];

/// Builds the page and, if that succeeds, replaces `folder` with it.
pub(crate) fn build(project: &Project, mode: BuildMode, folder: &Path) -> Result<()> {
    // Locking the folders themselves leaves no lock files behind. Two clones may share one build folder, so lock both.
    let _page = tools::lock(File::open(&project.root)?, "another cargo xtask that is building the page")?;
    fs::create_dir_all(&project.target)?;
    let _target = tools::lock(File::open(&project.target)?, "another clone's cargo xtask")?;
    let wasm = compile(project, mode)?;
    let work = tempfile::Builder::new().prefix("xtask-page-").tempdir_in(&project.target)?;
    let parts = split_wasm::split(&wasm, work.path())?;
    let program = match mode {
        BuildMode::Demo => join_parts(&parts)?,
        BuildMode::Release => shrink::shrink(project, &parts)?,
    };
    let page = work.path().join("page");
    fs::create_dir(&page)?;
    write(project, &program, &page)?;
    element::write(project, &page, mode == BuildMode::Release)?;
    if mode == BuildMode::Release {
        compress::folder(&page)?;
    }
    replace_folder(&page, folder)
}

/// Returns the first file of a release with the names of its functions, to see what it consists of.
pub(crate) fn first_file_with_names(project: &Project) -> Result<Vec<u8>> {
    let work = tempfile::tempdir()?;
    let parts = split_wasm::split(&compile(project, BuildMode::Release)?, work.path())?;
    shrink::initial_with_names(project, &parts)
}

/// Compiles the front end and returns the path of the wasm file.
///
/// A release build also compiles the standard library, for size. The precompiled one is built for speed and formats
/// panic messages, which no browser shows; that is a sixth of the wasm. `build-std` is unstable, so `RUSTC_BOOTSTRAP`
/// enables it in the stable compiler. The pinned toolchain makes that safe: unstable features change only with another
/// version, and then this build fails or `cargo xtask size` shows the difference.
fn compile(project: &Project, mode: BuildMode) -> Result<PathBuf> {
    rust::wasm_target(project)?;
    let mut cargo = project.cargo("build", &["--quiet", "--package=relink", "--bin=relink"]);
    cargo.arg(format!("--target={TARGET}"));
    let mut flags = SPLIT_FLAGS.to_vec();
    let profile = match mode {
        BuildMode::Demo => "demo",
        BuildMode::Release => {
            rust::library_source(project)?;
            cargo.env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            cargo.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
            flags.extend(RELEASE_FLAGS);
            "web"
        }
    };
    cargo.arg(format!("--profile={profile}")).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    command::run_unannounced(&mut cargo)?;
    Ok(project.target.join(TARGET).join(profile).join("relink.wasm"))
}

/// Joins the two parts, without optimising them, by a function that loads the second one.
fn join_parts(parts: &Parts) -> Result<Program> {
    let lazy = fs::read(&parts.lazy)?;
    let glue = glue::keep_loader_exports(&parts.glue)?;
    let [module, function] = split_wasm::LOADER;
    let import_names = ImportNames::Original { shared: split_wasm::SHARED };
    let loader = Loader { module, function, file: &lazy_file_name(&lazy), import_names };
    Ok(Program { initial: fs::read(&parts.initial)?, glue: glue::with_loader(&glue, &loader)?, lazy })
}

/// Writes the program's files and the `index.html` that names them.
fn write(project: &Project, program: &Program, page: &Path) -> Result<()> {
    let Program { initial, glue, lazy } = program;
    let wasm = format!("relink-{}.wasm", hash(initial));
    let script = format!("relink-{}.js", hash(glue.as_bytes()));
    fs::write(page.join(&wasm), initial)?;
    fs::write(page.join(&script), glue)?;
    fs::write(page.join(lazy_file_name(lazy)), lazy)?;
    let html = strip_comments(&project::read(&project.root.join("index.html"))?);
    Ok(fs::write(page.join("index.html"), insert_program(&html, &script, &wasm)?)?)
}

/// Removes comments and indentation from HTML.
fn strip_comments(html: &str) -> String {
    let mut parts = html.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.split_once("-->").map_or("", |(_, after)| after));
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// Replaces trunk's placeholder in the page with links that preload the program.
fn insert_program(html: &str, script: &str, wasm: &str) -> Result<String> {
    let (before, place) =
        html.split_once(PLACEHOLDER).with_context(|| format!("index.html has no {PLACEHOLDER}"))?;
    let (_, after) = place.split_once('>').context("the place of the program in index.html does not end")?;
    let names = format!(
        r#"<link rel="modulepreload" href="{script}" crossorigin="anonymous" />
    <link rel="preload" href="{wasm}" crossorigin="anonymous" as="fetch" type="application/wasm" />"#
    );
    Ok([before, &names, after].concat())
}

/// Replaces `folder` with the built page.
fn replace_folder(page: &Path, folder: &Path) -> Result<()> {
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

    use super::{insert_program, replace_folder, strip_comments};

    #[test]
    fn comments_and_indentation_are_not_shipped() {
        let html = "<head>\n    <!-- Who reads\n         this? -->\n    <title>A b</title>\n</head>\n";
        assert_eq!(strip_comments(html), "<head>\n<title>A b</title>\n</head>\n");
    }

    #[test]
    fn replaces_trunks_placeholder() {
        let html = "<head>\n    <link data-trunk rel=\"rust\" data-bin=\"relink\" />\n</head>";
        let page = insert_program(html, "relink-1f.js", "relink-2e.wasm").unwrap();
        assert!(page.contains(r#"<link rel="modulepreload" href="relink-1f.js" "#), "{page}");
        assert!(page.contains(r#"<link rel="preload" href="relink-2e.wasm" "#), "{page}");
        assert!(page.ends_with("/>\n</head>") && !page.contains("data-trunk"), "{page}");
        assert!(insert_program("<head></head>", "relink-1f.js", "relink-2e.wasm").is_err());
    }

    #[test]
    fn replaces_the_whole_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (page, dist) = (folder.path().join("page"), folder.path().join("dist"));
        for (folder, file) in [(&page, "new.js"), (&dist, "old.js")] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join(file), "").unwrap();
        }
        replace_folder(&page, &dist).unwrap();
        assert!(dist.join("new.js").is_file() && !dist.join("old.js").exists());
    }
}

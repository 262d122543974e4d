//! `cargo xtask package`: builds the npm package `@relink/web`.

pub(crate) mod smoke_test;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::clients::link_node_modules;
use crate::command;
use crate::progress::print_progress;
use crate::project::Project;
use crate::tools::web_package;

/// Build and check the npm package @relink/web.
///
/// Compiles packages/web with TypeScript and packs it into target/package/relink-web-X.Y.Z.tgz, with the
/// version in Cargo.toml. Then checks the package with publint and with attw ("are the types wrong?"); a
/// complaint of either is an error. Prints the path of the package.
///
/// Installs TypeScript, publint and attw if they are missing. Requires Node.js.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

/// Files that the package contains in addition to the compiled ones.
const EXTRA_FILES: [&str; 3] = ["packages/web/README.md", "LICENSE-MIT", "LICENSE-APACHE"];
/// Fields of `package.json` that are only for development of the package.
const DEVELOPMENT_FIELDS: [&str; 2] = ["private", "devDependencies"];

pub(crate) fn run(project: &Project, _args: &Args) -> Result<()> {
    println!("{}", build(project)?.display());
    Ok(())
}

/// Builds, packs and checks the package. Returns the path of the packed file.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    let modules = web_package::node_modules(project)?;
    let source = project.root.join("packages/web");
    // The compiler looks for React's types beside the source.
    link_node_modules(&modules, &source.join("node_modules"))?;
    let out = project.target.join("package");
    let folder = out.join("web");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let programs = modules.join(".bin");
    command::run(
        Command::new(programs.join("tsc")).arg("--project").arg(&source).arg("--outDir").arg(&folder),
    )?;
    for file in EXTRA_FILES {
        let name = Path::new(file).file_name().context("a file has a name")?;
        fs::copy(project.root.join(file), folder.join(name))
            .with_context(|| format!("could not copy {file}"))?;
    }
    fs::copy(source.join("package.json"), folder.join("package.json"))?;
    prepare_manifest(&folder)?;
    let packed = pack(&folder, &out)?;
    print_progress(format!("Checking {} …", packed.display()));
    command::run(Command::new(programs.join("publint")).args(["run", "--strict"]).arg(&packed))?;
    // `require` of an ES module needs Node.js 20.19; older versions and `moduleResolution: node` are not supported.
    command::run(Command::new(programs.join("attw")).args(["--profile", "esm-only"]).arg(&packed))?;
    Ok(packed)
}

/// Sets the version in `package.json` and removes the fields for development.
///
/// npm edits the file, because it keeps the order of `exports` conditions, which matters.
fn prepare_manifest(folder: &Path) -> Result<()> {
    let pkg = |arguments: &[&str]| {
        command::capture(Command::new("npm").current_dir(folder).arg("pkg").args(arguments)).map(drop)
    };
    pkg(&["set", concat!("version=", env!("CARGO_PKG_VERSION"))])?;
    pkg(&[&["delete"], DEVELOPMENT_FIELDS.as_slice()].concat())
}

fn pack(folder: &Path, out: &Path) -> Result<PathBuf> {
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["pack", "--json", "--ignore-scripts", "--pack-destination"]).arg(out);
    let packed: Value =
        serde_json::from_str(&command::capture(&mut npm)?).context("npm pack wrote no JSON")?;
    let name = packed.pointer("/0/filename").and_then(Value::as_str);
    Ok(out.join(name.context("npm pack named no file")?))
}

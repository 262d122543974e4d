//! `cargo xtask package`: what merchants install from npm.

pub(crate) mod tried;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::clients::link;
use crate::project::Project;
use crate::run::{self, say};
use crate::tools::web_package;

/// Build @relink/web and pack it as npm would.
///
/// Compiles packages/web with TypeScript and packs it into target/package/relink-web-X.Y.Z.tgz, of the
/// version that Cargo.toml names. Then publint and attw (are the types wrong?) look at the package, and
/// what they complain of is an error. Prints the file's name. Installs these tools if they are missing;
/// Node.js has to be there.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

/// What goes into the package beside what is compiled.
const BESIDE: [&str; 3] = ["packages/web/README.md", "LICENSE-MIT", "LICENSE-APACHE"];
/// What is said in `package.json` for those who work on the package, and means nothing to those who install it.
const OURS_ALONE: [&str; 2] = ["private", "devDependencies"];

pub(crate) fn run(project: &Project, _args: &Args) -> Result<()> {
    println!("{}", build(project)?.display());
    Ok(())
}

/// Builds, packs and checks the package; gives the packed file.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    let modules = web_package::node_modules(project)?;
    let source = project.root.join("packages/web");
    // The compiler looks for React's types beside the source.
    link(&modules, &source.join("node_modules"))?;
    let out = project.target.join("package");
    let folder = out.join("web");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let programs = modules.join(".bin");
    run::run(Command::new(programs.join("tsc")).arg("--project").arg(&source).arg("--outDir").arg(&folder))?;
    for file in BESIDE {
        let name = Path::new(file).file_name().context("a file has a name")?;
        fs::copy(project.root.join(file), folder.join(name))
            .with_context(|| format!("could not copy {file}"))?;
    }
    fs::copy(source.join("package.json"), folder.join("package.json"))?;
    publishable(&folder)?;
    let packed = pack(&folder, &out)?;
    say(format!("Looking at {} …", packed.display()));
    run::run(Command::new(programs.join("publint")).args(["run", "--strict"]).arg(&packed))?;
    // `require` of it works from Node.js 20.19 on; older ones and plain `moduleResolution: node` are left out.
    run::run(Command::new(programs.join("attw")).args(["--profile", "esm-only"]).arg(&packed))?;
    Ok(packed)
}

/// Makes `package.json` what is published. By npm, which keeps the order in which conditions are tried.
fn publishable(folder: &Path) -> Result<()> {
    let pkg = |arguments: &[&str]| {
        run::capture(Command::new("npm").current_dir(folder).arg("pkg").args(arguments)).map(drop)
    };
    pkg(&["set", concat!("version=", env!("CARGO_PKG_VERSION"))])?;
    pkg(&[&["delete"], OURS_ALONE.as_slice()].concat())
}

fn pack(folder: &Path, out: &Path) -> Result<PathBuf> {
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["pack", "--json", "--ignore-scripts", "--pack-destination"]).arg(out);
    let packed: Value = serde_json::from_str(&run::capture(&mut npm)?).context("npm pack wrote no JSON")?;
    let name = packed.pointer("/0/filename").and_then(Value::as_str);
    Ok(out.join(name.context("npm pack named no file")?))
}

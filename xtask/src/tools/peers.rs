//! Alternatives that Relink is compared with, as locked in `drills/peers`.
//!
//! `cargo xtask bench webhooks` uses Express and Fastify with Stripe's library and better-sqlite3, `bench load` uses
//! React and react-plaid-link.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command;
use crate::project::Project;
use crate::tools::{self, Recipe, stripe_clients};

/// Installs the modules in `package-lock.json` of `folder`, with better-sqlite3, and returns their folder. `name` is
/// the framework.
pub(crate) fn server_modules(project: &Project, name: &str, folder: &Path) -> Result<PathBuf> {
    let store = "node_modules/better-sqlite3/build/Release/better_sqlite3.node";
    let framework = format!("node_modules/{name}/package.json");
    install(project, name, folder, &[&framework, store], &build_better_sqlite3)
}

/// Installs the modules of an alternative that runs in a browser, and returns their folder. `package` is measured.
pub(crate) fn browser_modules(
    project: &Project,
    name: &str,
    package: &str,
    folder: &Path,
) -> Result<PathBuf> {
    let package = format!("node_modules/{package}/package.json");
    install(project, name, folder, &[&package], &|_| Ok(()))
}

fn install(
    project: &Project,
    name: &str,
    folder: &Path,
    required_files: &[&str],
    finish: &dyn Fn(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let version = stripe_clients::fingerprint(&folder.join("package-lock.json"))?;
    let install = |home: &Path| {
        tools::check_node()?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(file), home.join(file))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        command::run(npm.arg(home))?;
        finish(home)
    };
    let recipe = Recipe {
        name: &format!("peer-{name}"),
        version: &version,
        purpose: "Relink is compared with it (a minute or two, once)",
        required_files,
        install: &install,
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("node_modules"))
}

/// Runs the install script of better-sqlite3, the only one that runs. It fetches the compiled part, or compiles it.
fn build_better_sqlite3(home: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["rebuild", "better-sqlite3", "--prefix"]).arg(home);
    // Uses the headers of the Node.js installation if it has them; otherwise they are fetched, too.
    if let Some(node) = command::find("node").and_then(|node| fs::canonicalize(node).ok())
        && let Some(prefix) = node.parent().and_then(Path::parent)
        && prefix.join("include/node/node.h").is_file()
    {
        npm.env("npm_config_nodedir", prefix);
    }
    command::run(&mut npm)
        .context("better-sqlite3 could not be built: it needs a C++ compiler, make and python3")
}

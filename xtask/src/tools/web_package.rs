//! Tools that build and check the npm package: a TypeScript compiler, `publint` and `attw`, as locked in
//! `packages/web`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::project::Project;
use crate::tools::{self, Recipe, stripe_clients};

/// Installs the modules in `packages/web/package-lock.json` if they are missing, and returns their folder.
pub(crate) fn node_modules(project: &Project) -> Result<PathBuf> {
    let folder = project.root.join("packages/web");
    let version = stripe_clients::fingerprint(&folder.join("package-lock.json"))?;
    let install = |home: &std::path::Path| {
        tools::check_node()?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(file), home.join(file))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        command::run(npm.arg(home))
    };
    let programs = ["tsc", "publint", "attw"].map(|name| format!("node_modules/.bin/{name}"));
    let recipe = Recipe {
        name: "web-package",
        version: &version,
        purpose: "it builds and checks the package for npm",
        required_files: &programs.each_ref().map(String::as_str),
        install: &install,
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("node_modules"))
}

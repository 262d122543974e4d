//! cargo-deny: checks the workspace's dependencies.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::tools::Recipe;

const VERSION: &str = "0.20.2";

/// Returns the path of `cargo-deny`.
pub(crate) fn program(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "cargo-deny",
        version: VERSION,
        purpose: "`cargo xtask lint` checks the dependencies with it (a few minutes, once)",
        required_files: &["bin/cargo-deny"],
        install: &|root| project.tools.cargo_install("cargo-deny", VERSION, root),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("bin/cargo-deny"))
}

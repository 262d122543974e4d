//! esbuild: bundles and minifies JavaScript and CSS.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command;
use crate::project::Project;
use crate::tools::{self, Recipe};

const VERSION: &str = "0.28.2";

/// Returns the path of `esbuild`.
pub(crate) fn program(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "esbuild",
        version: VERSION,
        purpose: "it makes the JavaScript smaller",
        required_files: &["node_modules/.bin/esbuild"],
        install: &install,
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("node_modules/.bin/esbuild"))
}

fn install(folder: &Path) -> Result<()> {
    tools::npm_install("esbuild", VERSION, folder)?;
    let mut esbuild = Command::new(folder.join("node_modules/.bin/esbuild"));
    command::capture(esbuild.arg("--version")).context("esbuild does not run")?;
    Ok(())
}

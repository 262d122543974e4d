//! typos: checks spelling.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::project::Project;
use crate::tools::Recipe;

const VERSION: &str = "1.52.0";

/// Returns the path of `typos`: the user's own, or the compiled one of `PyPI`, which is installed if it is missing.
///
/// Compiling it would take longer than all other checks together. Fails without a network or Python's `venv`.
pub(crate) fn program(project: &Project) -> Result<PathBuf> {
    if let Some(program) = command::find("typos") {
        return Ok(program);
    }
    let recipe = Recipe {
        name: "typos",
        version: VERSION,
        purpose: "`cargo xtask lint` checks spelling with it",
        required_files: &["bin/typos"],
        install: &install,
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("bin/typos"))
}

fn install(home: &Path) -> Result<()> {
    command::run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    let mut pip = Command::new(home.join("bin/python"));
    pip.args(["-m", "pip", "install", "--only-binary=:all:", "--no-deps"]);
    command::run(pip.arg(format!("typos=={VERSION}")))
}

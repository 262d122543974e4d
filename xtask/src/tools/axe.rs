//! axe-core: checks pages for accessibility problems.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::tools::{self, Recipe};

const VERSION: &str = "4.14.1";
const SCRIPT: &str = "node_modules/axe-core/axe.min.js";

/// Returns the path of the script that a page runs.
pub(crate) fn script(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "axe-core",
        version: VERSION,
        purpose: "it checks every screen for accessibility problems",
        required_files: &[SCRIPT],
        install: &|folder| tools::npm_install("axe-core", VERSION, folder),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join(SCRIPT))
}

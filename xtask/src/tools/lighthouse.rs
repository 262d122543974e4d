//! Lighthouse: measures pages as on a phone.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::tools::{self, Recipe};

/// The newest version that runs on Node.js 20.
const VERSION: &str = "12.8.2";
const PROGRAM: &str = "node_modules/lighthouse/cli/index.js";

/// Returns the path of the program, a script for Node.js.
pub(crate) fn program(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "lighthouse",
        version: VERSION,
        purpose: "it measures pages as on a phone",
        required_files: &[PROGRAM],
        install: &|folder| tools::npm_install("lighthouse", VERSION, folder),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join(PROGRAM))
}

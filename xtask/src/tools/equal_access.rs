//! IBM's Equal Access engine: checks pages for accessibility problems by other rules than axe-core.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::tools::{self, Recipe};

const PACKAGE: &str = "accessibility-checker-engine";
const VERSION: &str = "4.0.34";
const SCRIPT: &str = "node_modules/accessibility-checker-engine/ace.js";

/// Returns the path of the script that a page runs.
pub(crate) fn script(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: PACKAGE,
        version: VERSION,
        purpose: "it checks every screen for accessibility problems, beside axe-core",
        required_files: &[SCRIPT],
        install: &|folder| tools::npm_install(PACKAGE, VERSION, folder),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join(SCRIPT))
}

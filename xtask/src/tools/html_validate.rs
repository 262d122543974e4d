//! html-validate: checks that pages and emails are valid HTML.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::tools::{self, Recipe};

const VERSION: &str = "10.17.0";
const PROGRAM: &str = "node_modules/html-validate/bin/html-validate.mjs";

/// Returns the path of the program, a script for Node.js.
pub(crate) fn program(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "html-validate",
        version: VERSION,
        purpose: "it checks the HTML of every page and email",
        required_files: &[PROGRAM],
        install: &|folder| tools::npm_install("html-validate", VERSION, folder),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join(PROGRAM))
}

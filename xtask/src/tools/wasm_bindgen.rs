//! wasm-bindgen's programs: generate JavaScript for wasm, and run tests in the browser.

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::tools::Recipe;

/// Returns the folder of `wasm-bindgen` and `wasm-bindgen-test-runner`.
///
/// Their version is that of the library in `Cargo.lock`, because they reject wasm of another version.
pub(crate) fn folder(project: &Project) -> Result<PathBuf> {
    let version = project.locked_version("wasm-bindgen")?;
    let recipe = Recipe {
        name: "wasm-bindgen-cli",
        version: &version,
        purpose: "it writes the JavaScript beside the wasm, and runs tests in the browser (a few minutes, once)",
        required_files: &["bin/wasm-bindgen", "bin/wasm-bindgen-test-runner"],
        install: &|root| project.tools.cargo_install("wasm-bindgen-cli", &version, root),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("bin"))
}

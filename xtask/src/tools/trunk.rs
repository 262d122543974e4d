//! trunk: rebuilds the page after each change, for `cargo xtask dev`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::project::Project;
use crate::tools::{Recipe, rust, wasm_bindgen};

const VERSION: &str = "0.21.14";

/// Returns a command for trunk, with the tools that it needs installed and first on its `PATH`.
pub(crate) fn command(project: &Project) -> Result<Command> {
    rust::wasm_target(project)?;
    let program = program(project)?;
    // trunk runs offline, so that it uses the installed tools instead of downloading others. That makes cargo offline,
    // too, so its packages are fetched before.
    command::run(&mut project.cargo("fetch", &[]))?;
    let mut trunk = project.command(program);
    trunk.env("PATH", command::prepend_path(vec![wasm_bindgen::folder(project)?])?);
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true");
    if std::env::var_os("NO_COLOR").is_some() {
        // trunk expects `true` or `false` in `NO_COLOR` and fails on the usual `1`.
        trunk.env_remove("NO_COLOR").args(["--color", "never"]);
    }
    Ok(trunk)
}

/// Returns the path of `trunk`.
pub(crate) fn program(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "trunk",
        version: VERSION,
        purpose: "it rebuilds the page after each change (a few minutes, once)",
        required_files: &["bin/trunk"],
        install: &|root| project.tools.cargo_install("trunk", VERSION, root),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("bin/trunk"))
}

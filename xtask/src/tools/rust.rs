//! Parts of the pinned Rust toolchain that rustup can add.

use anyhow::{Result, bail};

use crate::project::Project;
use crate::run::{self, say};

const WASM: &str = "wasm32-unknown-unknown";

/// The standard library for the browser.
pub(crate) fn wasm_target(project: &Project) -> Result<()> {
    let sysroot = run::capture(project.command("rustc").args(["--print", "sysroot"]))?;
    let library = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).join("lib");
    if library.is_dir() {
        return Ok(());
    }
    add(project, "target", WASM, "the front end runs in browsers")
}

/// The formatter and the linter.
pub(crate) fn lint_components(project: &Project) -> Result<()> {
    for (component, program) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let there = project.command("cargo").args([program, "--version"]).output()?;
        if !there.status.success() {
            add(project, "component", component, "`cargo xtask lint` runs it")?;
        }
    }
    Ok(())
}

fn add(project: &Project, kind: &str, name: &str, why: &str) -> Result<()> {
    if run::find("rustup").is_none() {
        bail!(
            "the Rust toolchain lacks {name} ({why}) and there is no rustup to add it: rustup {kind} add {name}"
        );
    }
    let _lock = project.tools.lock()?;
    say(format!("Adding {name} to the pinned Rust toolchain: {why}."));
    run::run(project.command("rustup").args([kind, "add", name]))
}

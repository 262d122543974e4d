//! Parts of the pinned Rust toolchain that rustup can add.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::command;
use crate::progress::print_progress;
use crate::project::Project;

const WASM: &str = "wasm32-unknown-unknown";

/// Installs the standard library for wasm32 if it is missing.
pub(crate) fn wasm_target(project: &Project) -> Result<()> {
    if rustlib(project)?.join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    add(project, "target", WASM, "the front end runs in browsers")
}

/// Returns the folder of the standard library's source; installs that if it is missing.
pub(crate) fn library_source(project: &Project) -> Result<PathBuf> {
    let library = rustlib(project)?.join("src/rust/library");
    if !library.join("Cargo.lock").is_file() {
        add(project, "component", "rust-src", "the release build of the front end compiles it for size")?;
    }
    Ok(library)
}

fn rustlib(project: &Project) -> Result<PathBuf> {
    let sysroot = command::capture(project.command("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib"))
}

/// Installs rustfmt and clippy if they are missing.
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
    if command::find("rustup").is_none() {
        bail!(
            "the Rust toolchain lacks {name} ({why}) and there is no rustup to add it: rustup {kind} add {name}"
        );
    }
    let _lock = project.tools.lock()?;
    print_progress(format!("Adding {name} to the pinned Rust toolchain: {why}."));
    command::run(project.command("rustup").args([kind, "add", name]))
}

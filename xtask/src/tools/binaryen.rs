//! Binaryen's `wasm-opt`: optimises wasm for size.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::command;
use crate::project::Project;
use crate::tools::{self, Recipe};

const VERSION: &str = "132.0.0";

/// Smallest wasm module: the magic number and the version.
const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// Returns the path of `wasm-opt`.
pub(crate) fn wasm_opt(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "binaryen",
        version: VERSION,
        purpose: "its wasm-opt makes the wasm smaller",
        required_files: &["node_modules/.bin/wasm-opt"],
        install: &install,
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("node_modules/.bin/wasm-opt"))
}

fn install(folder: &Path) -> Result<()> {
    tools::npm_install("binaryen", VERSION, folder)?;
    check(folder)
}

/// Runs `wasm-opt` once, because an old Node.js installs it without an error but can't run it.
fn check(folder: &Path) -> Result<()> {
    let (before, after) = (folder.join("empty.wasm"), folder.join("smaller.wasm"));
    fs::write(&before, EMPTY_MODULE)?;
    let mut wasm_opt = Command::new(folder.join("node_modules/.bin/wasm-opt"));
    wasm_opt.arg("-Oz").arg(&before).arg("-o").arg(&after);
    command::capture(&mut wasm_opt).context("wasm-opt does not run: it needs Node.js 20 or newer")?;
    ensure!(fs::read(&after)?.starts_with(b"\0asm"), "wasm-opt wrote no wasm");
    fs::remove_file(before)?;
    Ok(fs::remove_file(after)?)
}

//! Splits the wasm at `src/lazy.rs` into an initial part, up to the first screen, and a lazily loaded part.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

use crate::project;

/// Module of wasm-bindgen's JavaScript from which the initial part imports.
pub(crate) const GLUE: &str = "./relink_bg.js";
/// Module and function that the initial part imports to load the other one. The name ends with that of the function in
/// `src/lazy.rs`. [`crate::glue::with_loader`] provides the function.
pub(crate) const LOADER: [&str; 2] = ["./__wasm_split.js", "__wasm_split_load_later"];
/// Module from which the lazily loaded part imports everything that both use: the initial part itself.
pub(crate) const SHARED: &str = "__wasm_split";

/// Compiled program as browsers fetch it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) initial: Vec<u8>,
    pub(crate) glue: String,
    pub(crate) lazy: Vec<u8>,
}

/// Program in two parts.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Path of the initial part.
    pub(crate) initial: PathBuf,
    /// JavaScript for the initial part.
    pub(crate) glue: String,
    /// Path of the lazily loaded part.
    pub(crate) lazy: PathBuf,
}

/// Splits the wasm file `whole` and writes the parts into `folder`.
///
/// wasm-bindgen runs afterwards, on the initial part alone: splitting needs the linker's relocations, which
/// wasm-bindgen removes.
pub(crate) fn split(whole: &Path, folder: &Path) -> Result<Parts> {
    let initial = folder.join("relink.wasm");
    let lazy = extract(whole, &initial, folder)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&initial).web(true)?.typescript(false).out_name("relink").demangle(false);
    // The lazily loaded part imports what the linker exports. `shrink` removes the exports that nothing uses.
    bindgen.keep_lld_exports(true).generate(folder).context("wasm-bindgen could not write the JavaScript")?;
    Ok(Parts {
        initial: folder.join("relink_bg.wasm"),
        glue: project::read(&folder.join("relink.js"))?,
        lazy,
    })
}

fn extract(whole: &Path, initial: &Path, folder: &Path) -> Result<PathBuf> {
    let wasm = fs::read(whole).with_context(|| format!("could not read {}", whole.display()))?;
    let mut options = Options::new(&wasm);
    options.main_out_path = initial;
    options.output_dir = folder;
    options.link_name = LOADER[0];
    let split = transform(options).map_err(|error| anyhow!("could not split the wasm: {error:#}"))?;
    match <[PathBuf; 1]>::try_from(split.split_modules) {
        Ok([lazy]) => Ok(lazy),
        Err(files) => bail!("the wasm was split into {} parts instead of 2", files.len() + 1),
    }
}

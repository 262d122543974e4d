//! Takes the wasm apart at `src/later.rs`: what it takes up to the first screen, and the rest.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::{Options, transform};

use crate::project;

/// The module that the first part imports from wasm-bindgen's JavaScript.
pub(crate) const GLUE: &str = "./relink_bg.js";
/// The module and the function that the first part imports to have the later one fetched; `later` is what
/// `src/later.rs` calls that. We write the function ourselves: see [`crate::glue::with_loader`].
pub(crate) const LOADER: [&str; 2] = ["./__wasm_split.js", "__wasm_split_load_later"];
/// The module that the later part imports what the two share from: the first part itself.
pub(crate) const SHARED: &str = "__wasm_split";

/// The program in two parts.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The part that comes first.
    pub(crate) first: PathBuf,
    /// The JavaScript beside it.
    pub(crate) glue: String,
    /// The part that comes later.
    pub(crate) later: PathBuf,
}

/// Takes the `whole` apart and leaves the parts in `folder`.
///
/// wasm-bindgen runs on the first part alone: the wasm can be taken apart only by the linker's notes, and those do not
/// outlive wasm-bindgen.
pub(crate) fn apart(whole: &Path, folder: &Path) -> Result<Parts> {
    let first = folder.join("relink.wasm");
    let later = taken_out(whole, &first, folder)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&first).web(true)?.typescript(false).out_name("relink").remove_name_section(true);
    // The later part uses what the linker exports, and only shrinking finds out what else does.
    bindgen.keep_lld_exports(true).generate(folder).context("wasm-bindgen could not write the JavaScript")?;
    Ok(Parts { first: folder.join("relink_bg.wasm"), glue: project::read(&folder.join("relink.js"))?, later })
}

fn taken_out(whole: &Path, first: &Path, folder: &Path) -> Result<PathBuf> {
    let wasm = fs::read(whole).with_context(|| format!("could not read {}", whole.display()))?;
    let mut options = Options::new(&wasm);
    options.main_out_path = first;
    options.output_dir = folder;
    options.link_name = LOADER[0];
    let split = transform(options).map_err(|error| anyhow!("could not split the wasm: {error:#}"))?;
    match <[PathBuf; 1]>::try_from(split.split_modules) {
        Ok([later]) => Ok(later),
        Err(files) => bail!("the wasm came apart not into two but into {} parts", files.len() + 1),
    }
}

//! Takes the wasm of the release build apart at `src/later.rs`: what it takes up to the first screen, and the rest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail};
use wasm_split_cli_support::{Options, transform};

use crate::project::{self, Project};
use crate::run;
use crate::tools::wasm_bindgen;

/// What cargo builds, in the profile that `index.html` names for it.
const BUILT: &str = "wasm32-unknown-unknown/web/relink.wasm";

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

/// Leaves the parts in `folder`.
///
/// trunk has run wasm-bindgen already, on the whole, and what that gave goes. Here it runs on the first part: the wasm
/// can be taken apart only by the linker's notes, and those do not outlive wasm-bindgen.
pub(crate) fn apart(project: &Project, folder: &Path) -> Result<Parts> {
    let first = folder.join("relink.wasm");
    let later = taken_out(&project.target.join(BUILT), &first, folder)?;
    let mut bindgen = Command::new(wasm_bindgen::folder(project)?.join("wasm-bindgen"));
    // The later part uses what the linker exports, and only shrinking finds out what else does.
    bindgen.args(["--target=web", "--no-typescript", "--keep-lld-exports", "--out-name=relink", "--out-dir"]);
    run::capture(bindgen.arg(folder).arg(&first))?;
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

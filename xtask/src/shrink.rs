//! Shrinks the program for release: removes from the wasm and its JavaScript (the glue) everything that the other side
//! does not use, and minifies the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::asset_names;
use crate::command;
use crate::glue::{self, ImportNames, Loader, Renames};
use crate::project::Project;
use crate::split_wasm::{self, Parts, Program};
use crate::tools::{binaryen, esbuild};

/// Wasm features that the compiler may use. All browsers that Relink supports have them.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Passes of wasm-opt.
///
/// `-Oz` runs twice, because the first run leaves work for the second; then twice more after control flow was
/// flattened and rebuilt. `--low-memory-unused` holds because the lowest kilobyte is the far end of the stack.
/// `--dealign` removes alignment hints, which browsers ignore. `--traps-never-happen` is left out: it would remove
/// Rust's bounds checks.
const PASSES: [&str; 12] = [
    "-Oz",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--low-memory-unused",
    "--dealign",
    "--strip-producers",
    "--strip-target-features",
    "--strip-toolchain-annotations",
    "--minify-imports-and-exports-and-modules",
];

/// Name of the import module after [`PASSES`].
const IMPORT_MODULE: &str = "a";

/// Names in the wasm before and after [`PASSES`].
#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// Modules that it imports from.
    modules: BTreeSet<String>,
    imports: Renames,
    exports: Renames,
}

/// Shrinks both parts and joins them.
pub(crate) fn shrink(project: &Project, parts: &Parts) -> Result<Program> {
    shrink_with(project, parts, &[])
}

/// Returns the initial part as shrunk, with the names of its functions.
pub(crate) fn initial_with_names(project: &Project, parts: &Parts) -> Result<Vec<u8>> {
    Ok(shrink_with(project, parts, &["--debuginfo"])?.initial)
}

fn shrink_with(project: &Project, parts: &Parts, options: &[&str]) -> Result<Program> {
    let work = tempfile::tempdir()?;
    let small = work.path().join("small.wasm");
    let (lazy, names) = shrink_lazy(project, &parts.lazy, &small)?;
    let glue = glue::keep_loader_exports(&parts.glue)?;
    let [module, function] = split_wasm::LOADER;
    let import_names = ImportNames::Shortened { shared: IMPORT_MODULE, names: &names };
    let loader = Loader { module, function, file: &asset_names::lazy_file_name(&lazy), import_names };
    let glue = glue::with_loader(&glue, &loader)?;
    let glue = shrink_initial(project, (&parts.initial, &small), &glue, options)?;
    let initial = fs::read(&small)?;
    let glue = javascript(project, &glue, &["--minify", "--pure:console.warn"])?;
    Ok(Program { initial, glue, lazy })
}

/// Shrinks the lazily loaded part. Returns it with the names by which it imports the initial part's exports.
///
/// It imports nothing from the glue, so [`shrink_initial`] has nothing to do for it.
fn shrink_lazy(project: &Project, wasm: &Path, small: &Path) -> Result<(Vec<u8>, Renames)> {
    let names = optimise(project, (wasm, small), &BTreeSet::new(), &[])?;
    expect_modules(&names, &[split_wasm::SHARED])?;
    Ok((fs::read(small)?, names.imports))
}

/// Shrinks the initial part into `small` and returns the glue that fits it.
///
/// Removing an unused part on one side may make more unused on the other side, so this repeats until nothing changes.
fn shrink_initial(
    project: &Project,
    (wasm, small): (&Path, &Path),
    glue: &str,
    options: &[&str],
) -> Result<String> {
    let mut removed_exports = BTreeSet::new();
    loop {
        let names = optimise(project, (wasm, small), &removed_exports, options)?;
        expect_modules(&names, &[split_wasm::GLUE, split_wasm::LOADER[0]])?;
        let fitting = glue::keep_imports(glue, (split_wasm::GLUE, IMPORT_MODULE), &names.imports)?;
        let fitting = javascript(project, &fitting, &[])?;
        let used = glue::used_exports(&fitting);
        let unused: Vec<_> = names.exports.keys().filter(|export| !used.contains(*export)).cloned().collect();
        if unused.is_empty() {
            let missing: Vec<_> = used.iter().filter(|export| !names.exports.contains_key(*export)).collect();
            ensure!(missing.is_empty(), "the wasm does not export {missing:?}, which the glue uses");
            return glue::rename_exports(&fitting, &names.exports);
        }
        for export in unused {
            ensure!(removed_exports.insert(export.clone()), "wasm-opt did not remove the export {export}");
        }
    }
}

fn optimise(
    project: &Project,
    (wasm, small): (&Path, &Path),
    removed_exports: &BTreeSet<String>,
    options: &[&str],
) -> Result<Names> {
    let mut wasm_opt = Command::new(binaryen::wasm_opt(project)?);
    wasm_opt.arg(wasm).arg("-o").arg(small).args(FEATURES).args(options);
    if !removed_exports.is_empty() {
        let list: Vec<_> = removed_exports.iter().map(String::as_str).collect();
        wasm_opt.arg(format!("--remove-exports={}", list.join(",")));
    }
    names(&command::capture(wasm_opt.args(PASSES))?)
}

/// Parses wasm-opt's report of the names that it has replaced.
fn names(report: &str) -> Result<Names> {
    let report: Value = serde_json::from_str(report).context("wasm-opt reported no names")?;
    let rows = |kind: &str| -> Result<Vec<Vec<String>>> {
        let rows = report.get(kind).with_context(|| format!("wasm-opt reported no {kind}"))?;
        Ok(serde_json::from_value(rows.clone())?)
    };
    let mut modules = BTreeSet::new();
    let mut imports = Renames::new();
    for row in rows("imports")? {
        let [module, old, new] = <[String; 3]>::try_from(row).ok().context("an import is not a triple")?;
        modules.insert(module);
        ensure!(imports.insert(old.clone(), new).is_none(), "two imports are named {old}");
    }
    let mut exports = Renames::new();
    for row in rows("exports")? {
        let [old, new] = <[String; 2]>::try_from(row).ok().context("an export is not a pair")?;
        exports.insert(old, new);
    }
    Ok(Names { modules, imports, exports })
}

fn expect_modules(names: &Names, modules: &[&str]) -> Result<()> {
    let expected: BTreeSet<&str> = modules.iter().copied().collect();
    ensure!(
        names.modules.iter().eq(&expected),
        "the wasm imports from {:?}, not {modules:?}: inline JavaScript of a package?",
        names.modules
    );
    Ok(())
}

/// Removes unused code from the script with esbuild.
fn javascript(project: &Project, script: &str, options: &[&str]) -> Result<String> {
    let work = tempfile::tempdir()?;
    let file = work.path().join("glue.js");
    fs::write(&file, script)?;
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.arg(file).args(["--tree-shaking=true", "--format=esm", "--target=es2022"]).args(options);
    command::capture(&mut esbuild)
}

#[cfg(test)]
mod tests {
    use super::{expect_modules, names};

    #[test]
    fn the_names_are_read_from_the_report() {
        let report = r#"{"imports": [["./a_bg.js", "__wbg_get_1", "$"]], "exports": [["memory", "b"]]}"#;
        let names = names(report).unwrap();
        assert!(names.modules.iter().eq(["./a_bg.js"]));
        assert_eq!(names.imports["__wbg_get_1"], "$");
        assert_eq!(names.exports["memory"], "b");
    }

    #[test]
    fn an_import_module_that_nobody_expects_is_an_error() {
        let report = r#"{"imports": [["./a_bg.js", "f", "a"], ["./s.js", "g", "b"]], "exports": []}"#;
        let names = names(report).unwrap();
        assert!(expect_modules(&names, &["./s.js", "./a_bg.js"]).is_ok());
        assert!(expect_modules(&names, &["./a_bg.js"]).is_err());
    }
}

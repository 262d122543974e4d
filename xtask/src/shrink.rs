//! Makes the program small for release: takes out of the wasm and of the JavaScript beside it (the glue) what the other
//! side does not use, and shortens the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::front_end::{self, Program};
use crate::glue::{self, Link, Loader, Renames};
use crate::project::Project;
use crate::run;
use crate::split::{self, Parts};
use crate::tools::{binaryen, esbuild};

/// What the compiler may use, one by one: all browsers that Relink supports have these.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Twice, as the first leaves work for the second; then once more on control flow that was taken apart and
/// put together anew. `--low-memory-unused`: the lowest kilobyte is the far end of the stack. `--dealign`: hints
/// that browsers make nothing of. Not `--traps-never-happen`: it would take Rust's bounds checks away.
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

/// The import module's name after [`PASSES`].
const MODULE: &str = "a";

/// The names in the wasm, before and after.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    /// That it imports from.
    modules: BTreeSet<String>,
    imports: Renames,
    exports: Renames,
}

/// The two parts made small and joined.
pub(crate) fn program(project: &Project, parts: &Parts) -> Result<Program> {
    let work = tempfile::tempdir()?;
    let small = work.path().join("small.wasm");
    let (later, names) = later(project, &parts.later, &small)?;
    let glue = glue::loaders_exports_only(&parts.glue)?;
    let [module, function] = split::LOADER;
    let link = Link::Renamed { shared: MODULE, names: &names };
    let loader = Loader { module, function, file: &front_end::later_name(&later), link };
    let glue = fit(project, &parts.first, &small, &glue::with_loader(&glue, &loader)?)?;
    let first = fs::read(&small)?;
    let glue = javascript(project, &glue, &["--minify", "--pure:console.warn"])?;
    Ok(Program { first, glue, later })
}

/// The later part of the program made small, and what it imports of the first part's exports. It takes nothing from the
/// glue, so that there is nothing to fit.
fn later(project: &Project, wasm: &Path, small: &Path) -> Result<(Vec<u8>, Renames)> {
    let names = optimise(project, wasm, small, &BTreeSet::new())?;
    expect_modules(&names, &[split::SHARED])?;
    Ok((fs::read(small)?, names.imports))
}

/// Writes `small` and returns its glue. Each side holds on to parts of the other that nothing else
/// needs, so what one loses may free more in the other: until nothing more goes.
fn fit(project: &Project, wasm: &Path, small: &Path, glue: &str) -> Result<String> {
    let mut dead = BTreeSet::new();
    loop {
        let names = optimise(project, wasm, small, &dead)?;
        expect_modules(&names, &[split::GLUE, split::LOADER[0]])?;
        let fitting = glue::keep_imports(glue, (split::GLUE, MODULE), &names.imports)?;
        let fitting = javascript(project, &fitting, &[])?;
        let used = glue::used_exports(&fitting);
        let unused: Vec<_> = names.exports.keys().filter(|export| !used.contains(*export)).cloned().collect();
        if unused.is_empty() {
            let missing: Vec<_> = used.iter().filter(|export| !names.exports.contains_key(*export)).collect();
            ensure!(missing.is_empty(), "the wasm does not export {missing:?}, which the glue uses");
            return glue::rename_exports(&fitting, &names.exports);
        }
        for export in unused {
            ensure!(dead.insert(export.clone()), "wasm-opt did not remove the export {export}");
        }
    }
}

fn optimise(project: &Project, wasm: &Path, small: &Path, dead: &BTreeSet<String>) -> Result<Names> {
    let mut wasm_opt = Command::new(binaryen::wasm_opt(project)?);
    wasm_opt.arg(wasm).arg("-o").arg(small).args(FEATURES);
    if !dead.is_empty() {
        let list: Vec<_> = dead.iter().map(String::as_str).collect();
        wasm_opt.arg(format!("--remove-exports={}", list.join(",")));
    }
    names(&run::capture(wasm_opt.args(PASSES))?)
}

/// Reads what wasm-opt prints about the names it has replaced.
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

/// The script without the parts of it that nothing uses.
fn javascript(project: &Project, script: &str, options: &[&str]) -> Result<String> {
    let work = tempfile::tempdir()?;
    let file = work.path().join("glue.js");
    fs::write(&file, script)?;
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.arg(file).args(["--tree-shaking=true", "--format=esm", "--target=es2022"]).args(options);
    run::capture(&mut esbuild)
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

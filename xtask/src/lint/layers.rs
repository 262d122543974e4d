//! Checks the direction of imports between the top-level modules of each crate that `docs/layers.md` lists, and the
//! dependencies that modules must do without.

mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, ensure};

use self::table::{Layer, Pure};
use super::imports::{dependencies, exports, imports};
use super::is_rust;
use super::tokens::{tokens, without_tests};
use crate::progress::print_progress;
use crate::project::{self, Project};

const TABLE: &str = "docs/layers.md";

/// Prints every import that points up, every cycle and every module without a layer, then fails if there was one.
pub(super) fn check(project: &Project, files: &[String]) -> Result<()> {
    let text = project::read(&project.root.join(TABLE))?;
    let mut crates: BTreeMap<&str, Vec<Layer<'_>>> = BTreeMap::new();
    for layer in table::parse(&text)? {
        crates.entry(layer.folder).or_default().push(layer);
    }
    let pure = table::parse_pure(&text)?;
    let mut found = Vec::new();
    for (folder, layers) in crates {
        // The front end is the package at the root.
        let source = if folder == "." { "src/".to_owned() } else { format!("{folder}/src/") };
        let mut sources = Vec::new();
        for file in files.iter().filter(|file| file.starts_with(&source) && is_rust(file)) {
            let name = file.strip_prefix(&source).unwrap_or_default().to_owned();
            sources.push((name, project::read(&project.root.join(file))?));
        }
        let mut violations = Uses::read(&sources).violations(&layers);
        for row in pure.iter().filter(|row| row.folder == folder) {
            violations.extend(impurities(&sources, row));
        }
        found.extend(violations.into_iter().map(|text| format!("{source}{text}")));
    }
    for violation in &found {
        print_progress(format!("  {violation}"));
    }
    ensure!(found.is_empty(), "{} violations of {TABLE}", found.len());
    Ok(())
}

/// Top-level modules of a crate, and the imports between them.
#[derive(Debug)]
struct Uses<'a> {
    modules: BTreeSet<&'a str>,
    /// First import of a module by another one: file and line by user and used module.
    imports: BTreeMap<(&'a str, &'a str), (&'a str, usize)>,
}

impl<'a> Uses<'a> {
    /// Reads the imports of a crate's files, whose paths are relative to `src`. Modules for tests are left out.
    fn read(sources: &'a [(String, String)]) -> Self {
        let mut modules: BTreeSet<&str> = sources.iter().map(|(file, _)| module(file)).collect();
        let root = if modules.contains("lib") { "lib" } else { "main" };
        let parsed: Vec<_> =
            sources.iter().map(|(file, text)| (file.as_str(), without_tests(&tokens(text)))).collect();
        let tests: BTreeSet<String> = parsed
            .iter()
            .flat_map(|(file, (_, modules))| modules.iter().map(move |name| child(file, name)))
            .collect();
        modules.retain(|module| !tests.contains(*module));
        let is_root =
            |file: &str| Path::new(file).file_stem().is_some_and(|stem| stem == root) && depth(file) == 0;
        let exported: BTreeMap<&str, &str> = parsed
            .iter()
            .filter(|(file, _)| is_root(file))
            .flat_map(|(_, (kept, _))| exports(kept))
            .collect();
        let mut found = BTreeMap::new();
        for (file, (kept, _)) in &parsed {
            if tests.iter().any(|test| is_within(file, test)) {
                continue;
            }
            for import in imports(kept, depth(file)) {
                let reexported = exported.get(import.name).filter(|module| modules.contains(*module));
                let used = modules.get(import.name).or(reexported).copied().unwrap_or(root);
                if used != module(file) {
                    found.entry((module(file), used)).or_insert((*file, import.line));
                }
            }
        }
        Self { modules, imports: found }
    }

    fn violations(&self, layers: &[Layer<'_>]) -> Vec<String> {
        let mut found = Vec::new();
        let of = |module: &str| layers.iter().find(|layer| layer.modules.contains(&module));
        for module in self.modules.iter().filter(|module| of(module).is_none()) {
            found.push(format!("{module} is in no layer"));
        }
        for module in
            layers.iter().flat_map(|layer| &layer.modules).filter(|module| !self.modules.contains(*module))
        {
            found.push(format!("{module} does not exist"));
        }
        for ((user, used), (file, line)) in &self.imports {
            if let (Some(above), Some(below)) = (of(user), of(used))
                && above.name != below.name
                && !above.may_use.contains(&below.name)
            {
                found.push(format!(
                    "{file}:{line}: {user} ({}) may not use {used} ({})",
                    above.name, below.name
                ));
            }
        }
        // A layer that names itself may have cycles.
        let is_cyclic = |module: &str| of(module).is_some_and(|layer| layer.may_use.contains(&layer.name));
        found.extend(
            self.cycle(&is_cyclic).map(|cycle| format!("{}: modules use each other", cycle.join(" → "))),
        );
        found
    }

    /// Returns the modules of one cycle, if there is one without allowed modules. The last module is the first one
    /// again.
    fn cycle(&self, is_allowed: &dyn Fn(&str) -> bool) -> Option<Vec<&'a str>> {
        let mut left = self.modules.clone();
        left.retain(|module| !is_allowed(module));
        // Removes modules that use no other one, until only those remain that are in a cycle or use one.
        while let Some(module) = left.iter().copied().find(|module| self.used_by(module, &left).is_none()) {
            left.remove(module);
        }
        let mut path = vec![*left.first()?];
        while let Some(next) = path.last().and_then(|last| self.used_by(last, &left)) {
            if let Some(begin) = path.iter().position(|module| *module == next) {
                path.push(next);
                return Some(path.split_off(begin));
            }
            path.push(next);
        }
        None
    }

    /// Returns a module among `modules` that this one uses.
    fn used_by(&self, module: &str, modules: &BTreeSet<&str>) -> Option<&'a str> {
        let used = self.imports.keys().filter(|(user, used)| *user == module && modules.contains(used));
        used.map(|(_, used)| *used).next()
    }
}

/// Returns every use of a crate that the row forbids, except in code that is compiled for tests only.
fn impurities(sources: &[(String, String)], row: &Pure<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for module in row.modules.iter().filter(|name| sources.iter().all(|(file, _)| module(file) != **name)) {
        found.push(format!("{module} does not exist"));
    }
    for (file, text) in sources.iter().filter(|(file, _)| row.modules.contains(&module(file))) {
        for used in dependencies(&without_tests(&tokens(text)).0, &row.may_not_use) {
            found.push(format!("{file}:{}: {} may not use {}", used.line, module(file), used.name));
        }
    }
    found
}

/// Returns the top-level module of a file.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Returns the number of modules around the items of a file: 0 in `lib.rs`, 1 in `a.rs` and `a/mod.rs`, 2 in `a/b.rs`.
fn depth(file: &str) -> usize {
    match file {
        "lib.rs" | "main.rs" => 0,
        _ => file.trim_end_matches("/mod.rs").split('/').count(),
    }
}

/// Returns the path, without extension, of the module `name` that a file declares.
fn child(file: &str, name: &str) -> String {
    let parent = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if depth(file) == 0 { name.to_owned() } else { format!("{parent}/{name}") }
}

/// Returns true if the file is that of the module at this path, or of one inside it.
fn is_within(file: &str, module: &str) -> bool {
    file.strip_prefix(module).is_some_and(|rest| rest.starts_with(['.', '/']))
}

#[cfg(test)]
mod tests {
    use super::table::{Layer, Pure};
    use super::{Uses, impurities};

    fn violations(files: &[(&str, &str)], layers: &[Layer<'_>]) -> Vec<String> {
        let owned = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
        let sources: Vec<_> = files.iter().map(owned).collect();
        Uses::read(&sources).violations(layers)
    }

    fn layer<'a>(name: &'a str, modules: &[&'a str], may_use: &[&'a str]) -> Layer<'a> {
        Layer { folder: "a", name, modules: modules.to_vec(), may_use: may_use.to_vec() }
    }

    fn layers() -> [Layer<'static>; 2] {
        [layer("top", &["lib", "routes"], &["base"]), layer("base", &["store", "error"], &[])]
    }

    const ROOT: (&str, &str) = ("lib.rs", "mod routes; mod store; mod error; pub use routes::Route;");

    #[test]
    fn imports_that_point_down_are_fine() {
        let files = [
            ROOT,
            ("routes/mod.rs", "use crate::store::Store;"),
            ("store.rs", "use crate::error::Error;"),
            ("error.rs", ""),
        ];
        assert_eq!(violations(&files, &layers()), Vec::<String>::new());
    }

    #[test]
    fn an_import_that_points_up_is_named_with_its_line() {
        let files = [
            ROOT,
            ("routes/mod.rs", ""),
            ("error.rs", ""),
            ("store/table.rs", "\nuse super::super::routes::a;"),
        ];
        let expected = ["store/table.rs:2: store (base) may not use routes (top)"];
        assert_eq!(violations(&files, &layers()), expected);
        let files = [ROOT, ("routes.rs", ""), ("error.rs", ""), ("store.rs", "crate::Route::new()")];
        assert_eq!(violations(&files, &layers()), ["store.rs:1: store (base) may not use routes (top)"]);
    }

    #[test]
    fn modules_of_one_layer_that_use_each_other_are_a_cycle() {
        let files =
            [ROOT, ("routes.rs", ""), ("store.rs", "use crate::error;"), ("error.rs", "use crate::store;")];
        assert_eq!(violations(&files, &layers()), ["error → store → error: modules use each other"]);
        let layers =
            [layer("top", &["lib", "routes"], &["base"]), layer("base", &["store", "error"], &["base"])];
        assert_eq!(violations(&files, &layers), Vec::<String>::new(), "the layer names itself");
    }

    #[test]
    fn every_module_has_a_layer_and_every_layer_its_modules() {
        let files = [ROOT, ("routes.rs", ""), ("store.rs", ""), ("new.rs", "")];
        assert_eq!(violations(&files, &layers()), ["new is in no layer", "error does not exist"]);
    }

    #[test]
    fn a_module_that_must_do_without_a_crate_and_uses_it_is_named_with_its_line() {
        let row = Pure { folder: "a", modules: vec!["domain"], may_not_use: vec!["sqlx", "clap"] };
        let found = |file: &str, text: &str| impurities(&[(file.to_owned(), text.to_owned())], &row);
        assert_eq!(found("domain/a.rs", "\nuse sqlx::Row;"), ["domain/a.rs:2: domain may not use sqlx"]);
        assert_eq!(found("domain.rs", "fn f() { clap::a() }"), ["domain.rs:1: domain may not use clap"]);
        for fine in ["use crate::sqlx::a;", "let sqlx = 1;", "#[cfg(test)] mod tests { use sqlx::Row; }"] {
            assert_eq!(found("domain.rs", fine), Vec::<String>::new(), "{fine}");
        }
        assert_eq!(found("store.rs", "use sqlx::Row;"), ["domain does not exist"]);
    }

    #[test]
    fn tests_may_use_everything() {
        let files = [
            ("lib.rs", "mod routes; mod store; mod error; #[cfg(test)] mod kit;"),
            ("routes.rs", ""),
            ("error.rs", "#[cfg(test)] mod tests;"),
            ("error/tests.rs", "use crate::routes;"),
            ("store.rs", "#[cfg(test)] mod tests { use crate::routes; }"),
            ("kit.rs", "use crate::routes;"),
        ];
        assert_eq!(violations(&files, &layers()), Vec::<String>::new());
    }
}

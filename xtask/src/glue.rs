//! Edits the JavaScript that wasm-bindgen generates for the wasm (the glue). Pure text processing without I/O.
//!
//! Relies on the layout of the generated file, which can't change unnoticed because wasm-bindgen's version is pinned.
//! An unexpected layout is an error: a name that differs between the glue and the wasm would break the page.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};

/// New names by old name.
pub(crate) type Renames = BTreeMap<String, String>;

const EXPORTS: &str = "export { initSync, __wbg_init as default };";
const IMPORTS_BEGIN: &str = "    const import0 = {\n        __proto__: null,\n";
const IMPORTS_END: &str = "\n    };\n";
const ENTRY_INDENT: &str = "\n        ";

/// Function that fetches the lazily loaded part of the program: see [`with_loader`].
#[derive(Debug)]
pub(crate) struct Loader<'a> {
    /// Module from which the initial part imports the function.
    pub(crate) module: &'a str,
    /// Name by which the initial part imports the function.
    pub(crate) function: &'a str,
    /// File name of the lazily loaded part, in the same folder as the glue.
    pub(crate) file: &'a str,
    pub(crate) import_names: ImportNames<'a>,
}

/// Names by which the lazily loaded part imports from the initial part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ImportNames<'a> {
    /// The linker's names, in the module `shared`.
    Original { shared: &'a str },
    /// Shortened names, all in the module `shared`. `names` has the lazily loaded part's name for each export of the
    /// initial part.
    Shortened { shared: &'a str, names: &'a Renames },
}

/// JavaScript function that fetches the lazily loaded part.
///
/// The wasm calls it only while no fetch is running, and never again after one has succeeded, so it caches nothing.
/// `__wbg_load` is the glue's own function and accepts any content type. The timeout of 10 seconds makes sure that the
/// wasm is notified of a failure.
const LOADER: &str = r#"
async function fetchLazy(callback, data) {
    let loaded = 1;
    try {
        const signal = AbortSignal.timeout(10000);
        const response = await fetch(new URL("FILE", import.meta.url), { signal });
        await __wbg_load(response, { MODULE: SHARED });
    } catch (error) {
        console.error(error);
        loaded = 0;
    }
    wasm.__indirect_function_table.get(callback)(data, loaded);
}
"#;

/// Keeps only the exports that the loader uses, so that tree shaking can remove the rest.
pub(crate) fn keep_loader_exports(glue: &str) -> Result<String> {
    ensure!(glue.matches(EXPORTS).count() == 1, "the glue does not end in `{EXPORTS}`");
    let lines =
        glue.lines().filter(|line| !line.starts_with("if (Symbol.dispose) ")).map(|line| match line {
            EXPORTS => "export { mount, __wbg_init as default };",
            _ => line.strip_prefix("export ").unwrap_or(line),
        });
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// Replaces the module from which the initial part imports the loader's function with the function itself.
///
/// Fails if the glue does not have the expected layout.
pub(crate) fn with_loader(glue: &str, loader: &Loader<'_>) -> Result<String> {
    let Loader { module, function, file, import_names } = loader;
    let import = format!("import * as import1 from \"{module}\"\n");
    let key = format!("        \"{module}\": import1,\n");
    for text in [import.as_str(), &key, IMPORTS_BEGIN] {
        ensure!(glue.matches(text).count() == 1, "expected `{}` exactly once in the glue", text.trim());
    }
    let (shared_module, shared) = match import_names {
        ImportNames::Original { shared } => (shared, "wasm".to_owned()),
        ImportNames::Shortened { shared, names } => {
            let pairs = names.iter().flat_map(|(export, name)| [name.as_str(), ": wasm.", export, ", "]);
            (shared, format!("{{ {} }}", pairs.collect::<String>()))
        }
    };
    let fetching = LOADER.replace("FILE", file).replace("MODULE", shared_module).replace("SHARED", &shared);
    let glue = glue.replace(&import, &fetching);
    let entry = format!("        {function}: function(arg0, arg1) {{ fetchLazy(arg0, arg1); }},\n");
    Ok(match import_names {
        ImportNames::Original { .. } => {
            glue.replace(&key, &format!("        \"{module}\": {{\n{entry}        }},\n"))
        }
        ImportNames::Shortened { .. } => {
            glue.replace(&key, "").replace(IMPORTS_BEGIN, &[IMPORTS_BEGIN, &entry].concat())
        }
    })
}

/// Returns the exports of the wasm that the glue uses, that is, reads from its variable `wasm`.
pub(crate) fn used_exports(glue: &str) -> BTreeSet<String> {
    let tokens = tokens(glue);
    tokens
        .windows(3)
        .filter_map(|three| match three {
            ["wasm", ".", export] => Some((*export).to_owned()),
            _ => None,
        })
        .collect()
}

/// Removes the functions from the glue's import object that the wasm does not import, and renames the others.
///
/// Also sorts them by their text, because similar neighbours compress better.
pub(crate) fn keep_imports(glue: &str, module: (&str, &str), imports: &Renames) -> Result<String> {
    let (before, rest) = glue.split_once(IMPORTS_BEGIN).context("the glue has no import object")?;
    let (object, after) = rest.split_once(IMPORTS_END).context("the glue's import object has no end")?;
    let mut given = import_functions(object)?;
    let mut kept = Vec::new();
    for (old, new) in imports {
        let function = given.remove(old.as_str());
        kept.push((function.with_context(|| format!("the glue lacks the import {old}"))?, new));
    }
    kept.sort();
    let object: String =
        kept.iter().flat_map(|(function, name)| ["        ", name.as_str(), ": ", function, "\n"]).collect();
    let (old_key, new_key) = (format!("\"{}\": import0", module.0), format!("\"{}\": import0", module.1));
    ensure!(after.matches(&old_key).count() == 1, "the glue does not name the import module {}", module.0);
    Ok([before, IMPORTS_BEGIN, &object, IMPORTS_END, &after.replace(&old_key, &new_key)].concat())
}

/// Renames the exports that the glue reads from `wasm`. Fails if it does not use one of them.
pub(crate) fn rename_exports(glue: &str, exports: &Renames) -> Result<String> {
    let mut missing: BTreeSet<&String> = exports.keys().collect();
    let mut text = String::new();
    let mut last = ["", ""];
    for word in tokens(glue) {
        let export = exports.get_key_value(word).filter(|_| last == ["wasm", "."]);
        if let Some((old, _)) = export {
            missing.remove(old);
        }
        text.push_str(export.map_or(word, |(_, new)| new));
        last = [last[1], word];
    }
    ensure!(missing.is_empty(), "the glue does not use the wasm's exports {missing:?}");
    Ok(text)
}

/// Returns the functions of the import object by name.
fn import_functions(object: &str) -> Result<BTreeMap<&str, &str>> {
    let mut import_functions = BTreeMap::new();
    let mut rest = object.trim_start();
    while !rest.is_empty() {
        let (name, function) = rest.split_once(": ").context("an import of the glue has no name")?;
        // An entry ends before the next line with its own indentation that is not its closing brace.
        let next = function
            .match_indices(ENTRY_INDENT)
            .map(|(at, _)| at)
            .find(|at| !function.get(at + ENTRY_INDENT.len()..).unwrap_or_default().starts_with([' ', '}']));
        let (function, after) = function.split_at(next.unwrap_or(function.len()));
        ensure!(
            function.starts_with("function(") && function.ends_with(','),
            "the import {name} of the glue does not look like a function"
        );
        import_functions.insert(name, function);
        rest = after.trim_start();
    }
    Ok(import_functions)
}

/// Splits the text into JavaScript words and single other characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{
        ImportNames, Loader, Renames, keep_imports, keep_loader_exports, rename_exports, used_exports,
        with_loader,
    };

    const GLUE: &str = r#"export class Sink {
    close() { wasm.sink_close(this.ptr); }
}
if (Symbol.dispose) Sink.prototype[Symbol.dispose] = Sink.prototype.free;
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_then_1: function(arg0) {
            const ret = arg0.then();
            return ret;
        },
        __wbg_call_2: function() { return handleError(function (arg0) {
            arg0.call(wasm.then_1);
        }, arguments); },
        __wbg_call_22: function(arg0) {
            arg0.call22();
        },
    };
    return {
        __proto__: null,
        "./app_bg.js": import0,
    };
}
export { initSync, __wbg_init as default };
"#;
    const MODULE: (&str, &str) = ("./app_bg.js", "a");

    fn renames(names: &[(&str, &str)]) -> Renames {
        names.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect()
    }

    #[test]
    fn only_what_the_loader_calls_is_exported() {
        let glue = keep_loader_exports(GLUE).unwrap();
        assert!(glue.starts_with("class Sink {\n") && !glue.contains("Symbol.dispose"));
        assert!(glue.ends_with("\nexport { mount, __wbg_init as default };\n"));
        assert!(keep_loader_exports("export { other };").is_err());
    }

    #[test]
    fn a_function_that_fetches_the_later_part_takes_the_place_of_the_module_that_would() {
        let module = "import * as import1 from \"./load.js\"\n";
        let glue = GLUE.replace("    };\n}", "        \"./load.js\": import1,\n    };\n}");
        let shared = renames(&[("memory", "b")]);
        let loader = Loader {
            module: "./load.js",
            function: "load_later",
            file: "later-1f.wasm",
            import_names: ImportNames::Shortened { shared: "a", names: &shared },
        };
        let glue = with_loader(&[module, &glue].concat(), &loader).unwrap();
        assert!(!glue.contains("load.js") && !glue.contains("import1"), "{glue}");
        assert!(glue.contains("fetch(new URL(\"later-1f.wasm\", import.meta.url)"), "{glue}");
        assert!(glue.contains("{ a: { b: wasm.memory,  } }"), "{glue}");
        let kept = keep_imports(&glue, MODULE, &renames(&[("load_later", "c")])).unwrap();
        assert!(kept.contains("        c: function(arg0, arg1) { fetchLazy(arg0, arg1); },\n"), "{kept}");
        assert!(with_loader(GLUE, &loader).is_err(), "the whole program needs no loader");
    }

    #[test]
    fn without_new_names_the_later_part_gets_the_exports_and_the_function_stays_in_its_module() {
        let module = "import * as import1 from \"./load.js\"\n";
        let glue = GLUE.replace("    };\n}", "        \"./load.js\": import1,\n    };\n}");
        let import_names = ImportNames::Original { shared: "__wasm_split" };
        let loader =
            Loader { module: "./load.js", function: "load_later", file: "later-1f.wasm", import_names };
        let glue = with_loader(&[module, &glue].concat(), &loader).unwrap();
        assert!(glue.contains("{ __wasm_split: wasm }"), "{glue}");
        let module = "        \"./load.js\": {\n        load_later: function(arg0, arg1) { fetchLazy(arg0, arg1); },\n        },\n";
        assert!(glue.contains(module) && !glue.contains("import1"), "{glue}");
    }

    #[test]
    fn the_exports_used_are_those_that_are_read_from_wasm() {
        assert!(used_exports(GLUE).iter().eq(["sink_close", "then_1"]));
        assert!(used_exports("x.swasm.a; wasm; 'app.wasm'").is_empty());
    }

    #[test]
    fn imports_that_the_wasm_does_not_ask_for_go_and_the_others_get_their_new_names() {
        let glue =
            keep_imports(GLUE, MODULE, &renames(&[("__wbg_call_2", "$b"), ("__wbg_then_1", "$a")])).unwrap();
        assert!(!glue.contains("__wbg_call") && !glue.contains("call22"), "{glue}");
        assert!(glue.contains("        $b: function() { return handleError(function (arg0) {\n"), "{glue}");
        assert!(glue.contains("        }, arguments); },\n        $a: function(arg0) {\n"), "{glue}");
        assert!(glue.contains("            return ret;\n        },\n\n    };\n"), "{glue}");
        assert!(glue.contains("\"a\": import0"), "{glue}");
    }

    #[test]
    fn an_import_or_a_module_that_the_glue_lacks_is_an_error() {
        let error = keep_imports(GLUE, MODULE, &renames(&[("__wbg_call_3", "a")])).unwrap_err();
        assert_eq!(error.to_string(), "the glue lacks the import __wbg_call_3");
        assert!(keep_imports(GLUE, ("./other_bg.js", "a"), &Renames::new()).is_err());
    }

    #[test]
    fn exports_are_renamed_only_where_they_are_whole_words_after_wasm() {
        let renames = renames(&[("close", "c")]);
        let glue = "wasm.close(a.close, close, wasm.closed, 'é')";
        assert_eq!(rename_exports(glue, &renames).unwrap(), "wasm.c(a.close, close, wasm.closed, 'é')");
        assert!(rename_exports("a.close()", &renames).is_err());
    }
}

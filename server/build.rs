//! Generates typed keys from `locales/`, the texts of emails and of the pages around links, and from `locales/console/`:
//! one function for each text. A missing key, placeholder or plural form is therefore a compile error, and a language that
//! lacks one fails the build.
//!
//! Also generates the list of `migrations/`, with each file's SQL, and that of the page's files if `RELINK_EMBED_PAGE`
//! names their folder.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use relink_messages::Language;

const SOURCE: &str = "locales";
const CONSOLE: &str = "locales/console";
const MIGRATIONS: &str = "migrations";
/// Names the folder with the built page that the program is to carry.
const PAGE: &str = "RELINK_EMBED_PAGE";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed={MIGRATIONS}");
    println!("cargo::rerun-if-env-changed={PAGE}");
    let (Some(texts), Some(console)) = (read(SOURCE), read(CONSOLE)) else { return Ok(()) };
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("texts.rs"), functions(&texts)?)?;
    fs::write(out.join("console_texts.rs"), console_functions(&console)?)?;
    fs::write(out.join("page.rs"), page()?)?;
    Ok(fs::write(out.join("migrations.rs"), migrations()?)?)
}

/// Returns the languages of a folder, or reports what is wrong with them.
fn read(folder: &str) -> Option<Vec<Language>> {
    match relink_messages::read(Path::new(folder)) {
        Ok(languages) => Some(languages),
        Err(faults) => {
            for fault in faults {
                println!("cargo::error=server/{folder}: {fault}");
            }
            None
        }
    }
}

/// Keys that are no texts.
const NO_TEXTS: [&str; 2] = ["language", "direction"];

/// Returns a function for each text, which takes the language, and the values in the order of their names.
fn functions(languages: &[Language]) -> Result<String, Box<dyn Error>> {
    let english = languages.first().ok_or("there is no language")?;
    let mut code = String::new();
    writeln!(
        code,
        "pub(crate) fn direction(language: Language) -> &'static str {{ pick(language, &[{}]) }}",
        translations(languages, "direction")
    )?;
    for (key, text) in english.texts().filter(|(key, _)| !NO_TEXTS.contains(key)) {
        let names = relink_messages::placeholders(text).unwrap_or_default();
        let parameters: Vec<String> = names.iter().map(|name| format!(", {name}: &str")).collect();
        let parameters = parameters.concat();
        let values: Vec<String> = names.iter().map(|name| format!("(\"{{{name}}}\", {name})")).collect();
        writeln!(
            code,
            "pub(crate) fn {key}(language: Language{parameters}) -> String {{ fill(pick(language, &[{}]), language, &[{}]) }}",
            translations(languages, key),
            values.join(", ")
        )?;
    }
    Ok(code)
}

/// Returns a function for each text of the console, which is in the language of the request. Values are rendered, so
/// that they can be elements, and in the order of their names. The first parameter of a plural is its number.
fn console_functions(languages: &[Language]) -> Result<String, Box<dyn Error>> {
    let english = languages.first().ok_or("there is no language")?;
    let mut code = String::new();
    for (key, text) in english.texts().filter(|(key, _)| !NO_TEXTS.contains(key)) {
        let texts = translations(languages, key);
        let names = relink_messages::placeholders(text).unwrap_or_default();
        if names.is_empty() {
            writeln!(code, "pub(super) fn {key}() -> &'static str {{ pick(language(), &[{texts}]) }}")?;
            continue;
        }
        let (parameters, values) = rendered(&names);
        writeln!(
            code,
            "pub(super) fn {key}({parameters}) -> Markup {{ fill(pick(language(), &[{texts}]), &[{values}]) }}"
        )?;
    }
    for (key, forms) in english.plurals() {
        let other = forms.get("other").map(String::as_str).unwrap_or_default();
        let mut names = relink_messages::placeholders(other).unwrap_or_default();
        names.remove(relink_messages::COUNT);
        let (parameters, values) = rendered(&names);
        let forms = languages.iter().map(|language| {
            let of_key = language.plurals().filter(|(other, _)| *other == key);
            let forms: Vec<String> =
                of_key.flat_map(|(_, forms)| forms).map(|form| format!("{form:?}")).collect();
            format!("({:?}, [{}].as_slice())", language.code(), forms.join(", "))
        });
        let forms = forms.collect::<Vec<_>>().join(", ");
        writeln!(
            code,
            "pub(super) fn {key}(count: i64, {parameters}) -> Markup {{ plural(count, &[{forms}], &[{values}]) }}"
        )?;
    }
    Ok(code)
}

/// Returns the parameters for values that are rendered, and the values with their places, as Rust expressions.
fn rendered(names: &BTreeSet<&str>) -> (String, String) {
    let parameters: Vec<String> = names.iter().map(|name| format!("{name}: impl Render")).collect();
    let values: Vec<String> = names.iter().map(|name| format!("(\"{{{name}}}\", {name}.render())")).collect();
    (parameters.join(", "), values.join(", "))
}

/// Returns the text with this key in each language as Rust expressions: pairs of code and text.
fn translations(languages: &[Language], key: &str) -> String {
    let text = |language: &Language| language.text(key).unwrap_or_default().to_owned();
    let pairs: Vec<String> =
        languages.iter().map(|language| format!("({:?}, {:?})", language.code(), text(language))).collect();
    pairs.join(", ")
}

/// Returns the page's files as a Rust expression: path and content of each. Empty if the program is not to carry a page.
fn page() -> Result<String, Box<dyn Error>> {
    let Some(root) = env::var_os(PAGE).filter(|root| !root.is_empty()) else { return Ok("[]".to_owned()) };
    let root = fs::canonicalize(&root).map_err(|error| format!("{PAGE}, {}: {error}", root.display()))?;
    println!("cargo::rerun-if-changed={}", root.display());
    let (mut entries, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let (name, path) = (literal(path.strip_prefix(&root)?), literal(&path));
                entries.push(format!("({name}, include_bytes!({path}).as_slice())"));
            }
        }
    }
    entries.sort();
    Ok(format!("[{}]", entries.join(", ")))
}

/// Returns the migrations as a Rust expression: version, description and SQL of each `0001_description.sql`. Paths are
/// relative to the package, because clones that share a target folder also share what this script wrote.
fn migrations() -> Result<String, Box<dyn Error>> {
    let mut entries = Vec::new();
    for file in fs::read_dir(MIGRATIONS)? {
        let path = file?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let (version, description) =
            name.split_once('_').ok_or_else(|| format!("{name}.sql has no number before its name"))?;
        let (version, description) = (version.parse::<i64>()?, description.replace('_', " "));
        let path = literal(&Path::new("/").join(&path));
        entries.push(format!(
            "({version}, {description:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path})))"
        ));
    }
    entries.sort();
    Ok(format!("[{}]", entries.join(", ")))
}

/// Returns the path as a Rust string literal.
fn literal(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}

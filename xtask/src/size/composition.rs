//! Contents of the program's first file, by the crate that each function comes from.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use super::{FileSize, grouped, measure, write_size};

/// Number of functions that are listed one by one.
const LARGEST: usize = 20;
/// Crates of this workspace that are in the program.
const OWN: [&str; 4] = ["relink", "relink_flow", "relink_protocol", "stripe_js"];
/// Crates of the standard library and of what it is built from.
const STANDARD: [&str; 6] = ["core", "alloc", "std", "hashbrown", "dlmalloc", "compiler_builtins"];
/// Types whose methods and traits are the standard library's.
const PRIMITIVES: [&str; 10] = ["bool", "char", "f64", "i32", "i64", "str", "u32", "u64", "u8", "usize"];

/// Code of a wasm file with names, one entry a function.
struct Function<'a> {
    name: String,
    code: &'a [u8],
}

/// Returns a table of the crates in a wasm file with names, and of its largest functions.
///
/// The bytes of a group are compressed by themselves, so they add up to a little more than those of the file.
pub(super) fn table(wasm: &[u8]) -> Result<String> {
    let (functions, data) = contents(wasm)?;
    let mut groups: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for function in &functions {
        groups.entry(group(&function.name)).or_default().extend(function.code);
    }
    groups.insert("constants".to_owned(), data);
    let mut rows: Vec<(String, FileSize)> =
        groups.into_iter().map(|(name, code)| Ok((name, measure(&code)?))).collect::<Result<_>>()?;
    rows.sort_by_key(|(name, size)| (u64::MAX - size.brotli, name.clone()));
    let mut text =
        format!("{:<44}{:>12}{:>12}{:>12}\n", "contents of the first file", "raw", "gzip", "brotli");
    for (name, size) in rows {
        write_size(&mut text, &name, size);
    }
    let mut largest: Vec<&Function<'_>> = functions.iter().collect();
    largest.sort_by_key(|function| std::cmp::Reverse(function.code.len()));
    // Writing to a String can't fail.
    let _ok = writeln!(text, "\n{LARGEST} largest functions, raw bytes");
    for Function { name, code } in largest.into_iter().take(LARGEST) {
        let _ok = writeln!(text, "{:>8} {name}", grouped(u64::try_from(code.len())?));
    }
    Ok(text)
}

/// Returns the functions of a wasm file, and its data.
fn contents(wasm: &[u8]) -> Result<(Vec<Function<'_>>, Vec<u8>)> {
    let (mut imported, mut bodies, mut names, mut data) = (0, Vec::new(), BTreeMap::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Payload::ImportSection(imports) = payload {
            for import in imports.into_imports() {
                imported += usize::from(matches!(import?.ty, TypeRef::Func(_)));
            }
        } else if let Payload::CodeSectionEntry(body) = payload {
            bodies.push(wasm.get(body.range()).context("a function is cut")?);
        } else if let Payload::DataSection(segments) = payload {
            for segment in segments {
                data.extend(segment?.data);
            }
        } else if let Payload::CustomSection(section) = payload
            && let KnownCustom::Name(subsections) = section.as_known()
        {
            for subsection in subsections {
                let Name::Function(functions) = subsection? else { continue };
                for function in functions {
                    let function = function?;
                    names.insert(usize::try_from(function.index)?, function.name);
                }
            }
        }
    }
    ensure!(!names.is_empty(), "the file has no names of functions");
    let functions = bodies.into_iter().enumerate().map(|(place, code)| {
        let name = names.get(&(imported + place)).copied().unwrap_or_default();
        Function { name: format!("{:#}", rustc_demangle::demangle(name)), code }
    });
    Ok((functions.collect(), data))
}

/// Returns the crate that a function comes from, or what it does where that says more.
fn group(name: &str) -> String {
    if name.contains("drop_in_place") {
        return "destructors".to_owned();
    }
    if !name.contains("::") {
        return "entry points".to_owned();
    }
    // `<Type as Trait>::method` belongs to the type, or to the trait if that is implemented for all types.
    let path = name.strip_prefix("<_ as ").unwrap_or(name);
    let word = |letter: char| !letter.is_alphanumeric() && letter != '_';
    let is_crate = |word: &&str| !["", "mut", "dyn", "const"].contains(word);
    let krate = path.split(word).find(is_crate).unwrap_or_default();
    if OWN.contains(&krate) {
        return format!("{krate} (ours)");
    }
    if STANDARD.contains(&krate) || PRIMITIVES.contains(&krate) {
        "standard library".to_owned()
    } else {
        krate.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::group;

    #[test]
    fn a_function_belongs_to_the_crate_of_its_type() {
        for (name, expected) in [
            ("relink::app::screen", "relink (ours)"),
            ("<relink_flow::Stage as core::clone::Clone>::clone", "relink_flow (ours)"),
            (
                "<&mut serde_wasm_bindgen::de::Deserializer as serde::de::Deserializer>::visit",
                "serde_wasm_bindgen",
            ),
            ("core::ptr::drop_in_place::<relink::app::App>", "destructors"),
            ("<alloc::string::String as core::fmt::Write>::write_str", "standard library"),
            ("<_ as tachys::view::any_view::IntoAny>::into_any::build", "tachys"),
            ("<f64 as core::fmt::Display>::fmt", "standard library"),
            ("mount", "entry points"),
        ] {
            assert_eq!(group(name), expected, "{name}");
        }
    }
}

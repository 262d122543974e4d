//! Turns `locales/en.json` into typed texts: a constant for each text, a function for each text with placeholders.
//! So a missing text or placeholder is an error of the compiler's.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

const SOURCE: &str = "locales/en.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    let texts: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(SOURCE)?)
        .map_err(|error| format!("{SOURCE} is not an object of texts: {error}"))?;
    let mut code = String::new();
    for (key, text) in &texts {
        write_text(&mut code, key, text)?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("texts.rs"), code)?;
    Ok(())
}

fn write_text(code: &mut String, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let placeholders =
        placeholders(text).ok_or_else(|| format!("{SOURCE}: `{key}` has a brace without its pair"))?;
    if placeholders.is_empty() {
        writeln!(code, "pub(crate) const {}: &str = {text:?};", key.to_uppercase())?;
        return Ok(());
    }
    let parameters: Vec<String> = placeholders.iter().map(|name| format!("{name}: &str")).collect();
    let values: Vec<&str> = placeholders.iter().copied().collect();
    let numbered = placeholders.iter().enumerate().fold(text.to_owned(), |text, (number, name)| {
        text.replace(&format!("{{{name}}}"), &format!("{{{number}}}"))
    });
    writeln!(
        code,
        "pub(crate) fn {key}({}) -> String {{ fill({numbered:?}, &[{}]) }}",
        parameters.join(", "),
        values.join(", ")
    )?;
    Ok(())
}

fn placeholders(text: &str) -> Option<BTreeSet<&str>> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (_, after) = rest.split_at(open + 1);
        let (name, tail) = after.split_once('}')?;
        found.insert(name);
        rest = tail;
    }
    (!rest.contains('}')).then_some(found)
}

//! Generates typed keys from `locales/`: a constant for each text, a function for each text with placeholders. A
//! missing key or placeholder is thus a compile error, and a language that lacks one fails the build.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const LOCALES: &str = "locales";
/// Prefix of the keys that only the loader uses.
const LOADER_PREFIX: &str = "shell_";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={LOCALES}");
    let languages = match relink_messages::read(Path::new(LOCALES)) {
        Ok(languages) => languages,
        Err(errors) => {
            for error in errors {
                println!("cargo::error={LOCALES}: {error}");
            }
            return Ok(());
        }
    };
    let english = languages.first().ok_or("no language found")?;
    let mut code = String::new();
    for (place, key) in english.keys().enumerate() {
        if key.starts_with(LOADER_PREFIX) {
            continue;
        }
        let text = english.text(key).unwrap_or_default();
        let names = relink_messages::placeholders(text).unwrap_or_default();
        if names.is_empty() {
            writeln!(code, "pub(crate) const {}: Text = Text({place});", key.to_uppercase())?;
            continue;
        }
        let parameters: Vec<String> = names.iter().map(|name| format!("{name}: &str")).collect();
        let values: Vec<&str> = names.into_iter().collect();
        let (parameters, values) = (parameters.join(", "), values.join(", "));
        writeln!(code, "pub(crate) fn {key}({parameters}) -> String {{ fill(Text({place}), &[{values}]) }}")?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("texts.rs"), code)?;
    // For tests, which don't fetch languages.
    for language in &languages {
        fs::write(out.join([language.code(), ".txt"].concat()), language.browser_file())?;
    }
    Ok(())
}

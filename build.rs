//! Generates typed keys from `locales/`: a constant for each text, a function for each text with placeholders. A
//! missing key or placeholder is thus a compile error, and a language that lacks one fails the build.
//!
//! Texts of the lazily loaded part of the program are in a file of their own, and so are their keys.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use relink_messages::Language;

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
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let mut first = code(english, "pub(crate)", english.first_keys().enumerate())?;
    // The line after the texts.
    writeln!(first, "const LATER_FILE: Text = Text({});", english.first_keys().count())?;
    fs::write(out.join("texts.rs"), first)?;
    // The first file has the language code, too.
    let later = english.later_keys().enumerate().skip(1);
    fs::write(out.join("later_texts.rs"), code(english, "pub(super)", later)?)?;
    // For tests, which have no server: the address of the later file contains it.
    for language in &languages {
        let later = language.later_file();
        let address =
            format!("data:text/plain;charset=utf-8,{}", utf8_percent_encode(&later, NON_ALPHANUMERIC));
        fs::write(out.join([language.code(), ".txt"].concat()), language.first_file(&address))?;
    }
    Ok(())
}

/// Returns the code of the keys, each with the number of its line.
fn code<'a>(
    english: &Language,
    visibility: &str,
    keys: impl Iterator<Item = (usize, &'a str)>,
) -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    for (place, key) in keys {
        if key.starts_with(LOADER_PREFIX) {
            continue;
        }
        let text = english.text(key).unwrap_or_default();
        let names = relink_messages::placeholders(text).unwrap_or_default();
        if names.is_empty() {
            writeln!(code, "{visibility} const {}: Text = Text({place});", key.to_uppercase())?;
            continue;
        }
        let parameters: Vec<String> = names.iter().map(|name| format!("{name}: &str")).collect();
        let values: Vec<&str> = names.into_iter().collect();
        let (parameters, values) = (parameters.join(", "), values.join(", "));
        writeln!(
            code,
            "{visibility} fn {key}({parameters}) -> String {{ fill(Text({place}).get(), &[{values}]) }}"
        )?;
    }
    Ok(code)
}

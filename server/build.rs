//! Makes typed keys of `locales/`, what mails and the pages around links say: a function for each text. So a key or a
//! placeholder that is missing is an error of the compiler's, and a language that lacks one fails the build.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const SOURCE: &str = "locales";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed=migrations");
    let languages = match relink_texts::read(Path::new(SOURCE)) {
        Ok(languages) => languages,
        Err(faults) => {
            for fault in faults {
                println!("cargo::error=server/{SOURCE}: {fault}");
            }
            return Ok(());
        }
    };
    let english = languages.first().ok_or("there is no language")?;
    let mut code = String::new();
    for (key, text) in english.texts().filter(|(key, _)| !["language", "direction"].contains(key)) {
        let names = relink_texts::placeholders(text).unwrap_or_default();
        let parameters: Vec<String> = names.iter().map(|name| format!(", {name}: &str")).collect();
        let parameters = parameters.concat();
        let values: Vec<String> = names.iter().map(|name| format!("(\"{{{name}}}\", {name})")).collect();
        let translations: Vec<String> = languages
            .iter()
            .map(|language| format!("({:?}, {:?})", language.code(), language.text(key).unwrap_or_default()))
            .collect();
        writeln!(
            code,
            "pub(crate) fn {key}(language: Language{parameters}) -> String {{ fill(pick(language, &[{}]), language, &[{}]) }}",
            translations.join(", "),
            values.join(", ")
        )?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    Ok(fs::write(out.join("texts.rs"), code)?)
}

//! The flag `--json FILE` of every benchmark command, and the writer of the file.
//!
//! `cargo xtask` takes the flag and passes it on to the benchmark program, with an absolute path.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;

/// Arguments to flatten into those of a benchmark command.
#[derive(Clone, Debug, Default, Args)]
pub struct JsonFile {
    /// Also write the figures to FILE as JSON, even if a limit is exceeded
    #[arg(long, value_name = "FILE", global = true)]
    json: Option<PathBuf>,
}

impl JsonFile {
    /// Writes `figures` to the file, if one was named, and overwrites it.
    ///
    /// Fails if the file can't be written.
    pub fn write(&self, figures: &Value) -> Result<()> {
        let Some(file) = &self.json else { return Ok(()) };
        let text = serde_json::to_string_pretty(figures)?;
        fs::write(file, text + "\n").with_context(|| format!("could not write {}", file.display()))
    }

    /// True if a file was named.
    pub fn is_given(&self) -> bool {
        self.json.is_some()
    }

    /// Returns the arguments that pass the file on to another program in any working directory; none without a file.
    ///
    /// Fails if the file's folder does not exist, so that the error precedes the measurement.
    pub fn arguments(&self) -> Result<Vec<OsString>> {
        let Some(file) = &self.json else { return Ok(Vec::new()) };
        let file = std::path::absolute(file)?;
        let folder = file.parent().unwrap_or(Path::new("/"));
        ensure!(folder.is_dir(), "--json: there is no folder {}", folder.display());
        Ok(vec!["--json".into(), file.into()])
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;
    use serde_json::{Value, json};

    use super::JsonFile;

    #[derive(Debug, Parser)]
    struct Measure {
        #[command(flatten)]
        json: JsonFile,
    }

    #[test]
    fn figures_are_written_to_the_named_file_and_replace_older_ones() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("figures.json");
        fs::write(&file, "older figures, longer than the new ones").unwrap();
        let Measure { json } = Measure::parse_from(["measure", "--json", file.to_str().unwrap()]);
        json.write(&json!({ "passed": true })).unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.ends_with("}\n"), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({ "passed": true }));
    }

    #[test]
    fn without_the_flag_nothing_is_written_or_passed_on() {
        let Measure { json } = Measure::parse_from(["measure"]);
        json.write(&json!({})).unwrap();
        assert!(json.arguments().unwrap().is_empty());
    }

    #[test]
    fn another_program_is_given_an_absolute_path() {
        let Measure { json } = Measure::parse_from(["measure", "--json", "figures.json"]);
        let here = std::env::current_dir().unwrap().join("figures.json");
        assert_eq!(json.arguments().unwrap(), ["--json".as_ref(), here.as_os_str()]);
    }

    #[test]
    fn a_missing_folder_is_an_error_before_anything_is_measured() {
        let Measure { json } = Measure::parse_from(["measure", "--json", "/no/such/folder/figures.json"]);
        assert!(json.arguments().unwrap_err().to_string().contains("/no/such/folder"));
    }
}

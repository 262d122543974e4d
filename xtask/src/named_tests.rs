//! Looks up tests that documents name.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Journeys that this file's table runs with each input method. In their own files they are functions without attribute.
const TABLE_OF_JOURNEYS: &str = "e2e/tests/journeys/input_methods.rs";

fn read_in(root: &Path, file: &str) -> Result<String> {
    fs::read_to_string(root.join(file)).with_context(|| format!("there is no {file}"))
}

/// Returns an error unless the file contains a test function of this name, or a journey that is run as one.
pub(crate) fn find(root: &Path, file: &str, test: &str) -> Result<()> {
    let source = read_in(root, file)?;
    let (before, _) =
        source.split_once(&format!("fn {test}(")).with_context(|| format!("{file} has no {test}"))?;
    let last = before.trim_end().trim_end_matches("async").trim_end().lines().next_back().unwrap_or_default();
    let has_attribute = last.trim_start().starts_with("#[") && last.contains("test");
    ensure!(has_attribute || is_in_table(root, file, test)?, "{test} of {file} is no test, after {last:?}");
    Ok(())
}

/// True if the table of journeys runs this one.
fn is_in_table(root: &Path, file: &str, journey: &str) -> Result<bool> {
    let part = file.strip_prefix("e2e/tests/journeys/").and_then(|file| file.strip_suffix(".rs"));
    let Some(part) = part else { return Ok(false) };
    let entry = format!("{part}::{journey},");
    Ok(read_in(root, TABLE_OF_JOURNEYS)?.lines().any(|line| line.trim() == entry))
}

#[cfg(test)]
pub(crate) mod in_tests {
    //! The same for tests, which fail at once.

    use std::path::PathBuf;

    use super::{Path, find, read_in};

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// Reads a file of the repository.
    pub(crate) fn read(file: &str) -> String {
        read_in(&root(), file).unwrap()
    }

    /// Panics unless the file contains a test of this name. `row` is the table row that names the test.
    pub(crate) fn assert_is_test(row: &str, file: &str, test: &str) {
        find(&root(), file, test).unwrap_or_else(|error| panic!("{row}: {error:#}"));
    }
}

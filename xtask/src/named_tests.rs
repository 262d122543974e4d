//! Checks that tests which documents name exist.

use std::path::Path;

/// Reads a file of the repository.
pub(crate) fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("there is no {file}"))
}

/// Journeys that this file's table runs with each input method. In their own files they are functions without attribute.
const TABLE_OF_JOURNEYS: &str = "e2e/tests/journeys/input_methods.rs";

/// True if the table of journeys runs this one.
fn is_in_table(file: &str, journey: &str) -> bool {
    let part = file.strip_prefix("e2e/tests/journeys/").and_then(|file| file.strip_suffix(".rs"));
    let entry = part.map(|part| format!("{part}::{journey},"));
    entry.is_some_and(|entry| read(TABLE_OF_JOURNEYS).lines().any(|line| line.trim() == entry))
}

/// Panics unless the file contains a test function of this name, or a journey that is run as one. `row` is the table row
/// that names the test.
pub(crate) fn assert_is_test(row: &str, file: &str, test: &str) {
    let function = format!("fn {test}(");
    let source = read(file);
    let (before, _) = source.split_once(&function).unwrap_or_else(|| panic!("{row}: {file} has no {test}"));
    let last = before.trim_end().trim_end_matches("async").trim_end().lines().next_back().unwrap_or_default();
    assert!(
        last.trim_start().starts_with("#[") && last.contains("test") || is_in_table(file, test),
        "{row}: {test} of {file} is no test, after {last:?}"
    );
}

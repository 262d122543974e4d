//! Checks that tests which documents name exist.

use std::path::Path;

/// Reads a file of the repository.
pub(crate) fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("there is no {file}"))
}

/// Panics unless the file contains a test function of this name. `row` is the table row that names the test.
pub(crate) fn assert_is_test(row: &str, file: &str, test: &str) {
    let function = format!("fn {test}(");
    let source = read(file);
    let (before, _) = source.split_once(&function).unwrap_or_else(|| panic!("{row}: {file} has no {test}"));
    let last = before.trim_end().trim_end_matches("async").trim_end().lines().next_back().unwrap_or_default();
    assert!(
        last.trim_start().starts_with("#[") && last.contains("test"),
        "{row}: {test} of {file} is no test, after {last:?}"
    );
}

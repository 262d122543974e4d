//! Checks the tables of documents that name tests: every test and every file exists, and a row without a test says so.

use crate::named_tests::{assert_is_test, read};

/// Documents with tables whose last column, `shown by`, names tests: the file, a number of rows that it surely has, and
/// the words with which a cell without a test begins.
const DOCUMENTS: [(&str, usize, &[&str]); 3] = [
    ("docs/threat-model.md", 10, &[]),
    ("docs/relink.md", 115, &["no test", "not handled"]),
    ("docs/accessibility.md", 51, &["no test", "not met", "doesn't apply"]),
];

/// Returns the cells of each row of the tables with a column `shown by`.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let (mut rows, mut is_checked) = (Vec::new(), false);
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match (line.starts_with('|'), cells.last()) {
            (true, Some(&"shown by")) => is_checked = true,
            (true, Some(_)) if is_checked && !line.starts_with("|---") => rows.push(cells),
            (true, _) => (),
            (false, _) => is_checked = false,
        }
    }
    rows
}

/// Returns the words in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Returns the tests, as file and function, that a cell names.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    quoted(cell).filter_map(|word| word.split_once("::")).collect()
}

/// True if a cell begins with words that admit a missing test.
fn admits_gap(cell: &str, admissions: &[&str]) -> bool {
    admissions.iter().any(|admission| cell.starts_with(admission))
}

/// True if a word in backticks is the path of a file of this repository.
fn is_path(word: &str) -> bool {
    let is_of_file = |end: &str| matches!(end, "rs" | "js" | "ts" | "md" | "css" | "json" | "html");
    let is_plain = word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter));
    is_plain && word.contains('/') && word.rsplit_once('.').is_some_and(|(_, end)| is_of_file(end))
}

#[test]
fn every_row_names_tests_and_files_that_there_are_or_says_that_it_has_no_test() {
    for (document, least, admissions) in DOCUMENTS {
        let text = read(document);
        let rows = rows(&text);
        assert!(rows.len() >= least, "{document} has {} rows", rows.len());
        for cells in rows {
            let row = format!("{document}: {}", cells[..2].join(" "));
            let cell = cells.last().copied().unwrap_or_default();
            let tests = tests(cell);
            assert!(!tests.is_empty() || admits_gap(cell, admissions), "{row}: no test in {cell:?}");
            for (file, test) in tests {
                assert_is_test(&row, file, test);
            }
            for file in cells.iter().flat_map(|cell| quoted(cell)).filter(|word| is_path(word)) {
                read(file);
            }
        }
    }
}

#[test]
fn a_row_is_read_with_its_tests_and_files() {
    let text = "| at Stripe | shown by |\n|---|---|\n| a | `x/y.rs::works`, `z.rs::too` |\n| b | no test |\n\n| c | d |\n";
    let rows = rows(text);
    assert_eq!(rows, [["a", "`x/y.rs::works`, `z.rs::too`"], ["b", "no test"]]);
    assert_eq!(tests(rows[0][1]), [("x/y.rs", "works"), ("z.rs", "too")]);
    assert!(admits_gap("no test: nobody knows", &["no test"]));
    assert!(!admits_gap("", &["no test"]) && !admits_gap("surely works", &["no test"]));
    let paths = ["server/src/lib.rs", "/api/accounts", "RELINK_PURPOSE", "POST /v1/x.rs", "style/main.css"];
    assert_eq!(paths.map(is_path), [true, false, false, false, true]);
}

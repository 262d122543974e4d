//! Checks the tables of documents that name tests: every test and every file exists, and a row without a test says so.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::named_tests;
use crate::progress::print_progress;
use crate::project::{self, Project};

/// Document with tables whose last column, `shown by`, names tests.
#[derive(Clone, Copy, Debug)]
struct Document {
    file: &'static str,
    /// Number of rows that it surely has. With fewer, a table has lost its head, and would not be checked.
    least_rows: usize,
    /// Words with which a cell without a test may begin.
    admissions: &'static [&'static str],
}

const DOCUMENTS: [Document; 4] = [
    Document { file: "docs/threat-model.md", least_rows: 18, admissions: &[] },
    Document { file: "docs/operations.md", least_rows: 27, admissions: &[] },
    Document { file: "docs/relink.md", least_rows: 115, admissions: &["no test", "not handled"] },
    Document {
        file: "docs/accessibility.md",
        least_rows: 51,
        admissions: &["no test", "not met", "doesn't apply"],
    },
];

/// Fails if a row names a test or a file that is gone, or no test without saying so; prints all of these rows.
pub(super) fn check(project: &Project) -> Result<()> {
    let mut problems = Vec::new();
    for document in DOCUMENTS {
        let text = project::read(&project.root.join(document.file))?;
        problems.extend(document.problems(&project.root, &text));
    }
    for problem in &problems {
        print_progress(format!("  {problem}"));
    }
    ensure!(problems.is_empty(), "documents name tests or files that are gone, or none");
    Ok(())
}

impl Document {
    fn problems(&self, root: &Path, text: &str) -> Vec<String> {
        let rows = rows(text);
        let mut problems = Vec::new();
        if rows.len() < self.least_rows {
            problems.push(format!("{} has {} rows of {}", self.file, rows.len(), self.least_rows));
        }
        for cells in rows {
            let found = self.problems_of(root, &cells);
            problems.extend(found.map(|problem| format!("{}: {}: {problem}", self.file, cells.join(" | "))));
        }
        problems
    }

    fn problems_of(&self, root: &Path, cells: &[&str]) -> impl Iterator<Item = String> {
        let cell = cells.last().copied().unwrap_or_default();
        let tests = named(cell);
        let is_silent = tests.is_empty() && !admits_gap(cell, self.admissions);
        let silence = is_silent.then(|| format!("no test in {cell:?}"));
        let tests = tests.into_iter().filter_map(|(file, test)| named_tests::find(root, file, test).err());
        let tests: Vec<_> = tests.map(|error| error.to_string()).collect();
        let files = cells.iter().flat_map(|cell| quoted(cell)).filter(|word| is_path(word));
        let files: Vec<_> = files.filter(|file| !root.join(file).is_file()).collect();
        let files: Vec<_> = files.into_iter().map(|file| format!("there is no {file}")).collect();
        silence.into_iter().chain(tests).chain(files)
    }
}

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
fn named(cell: &str) -> Vec<(&str, &str)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_names_tests_and_files_that_there_are_or_says_that_it_has_no_test() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let document = Document { file: "docs/x.md", least_rows: 1, admissions: &["no test"] };
        let this = "src/lint/tested_tables.rs::a_row_names_tests_and_files_that_there_are_or_says_that_it_has_no_test";
        for (cells, expected) in [
            (format!("| a | `{this}` |"), None),
            ("| a | no test: nobody knows |".to_owned(), None),
            ("| a `src/lint.rs` and `/api/x` | no test |".to_owned(), None),
            ("| a | |".to_owned(), Some("no test in \"\"")),
            ("| a | surely works |".to_owned(), Some("no test in \"surely works\"")),
            ("| a | `src/lint.rs::gone` |".to_owned(), Some("src/lint.rs has no gone")),
            (
                "| a | `src/lint.rs::run` |".to_owned(),
                Some("run of src/lint.rs is no test, after \"pub(crate)\""),
            ),
            ("| a | `src/gone.rs::works` |".to_owned(), Some("there is no src/gone.rs")),
            ("| a `src/gone.rs` | no test |".to_owned(), Some("there is no src/gone.rs")),
        ] {
            let text =
                format!("| x | y |\n|---|---|\n| not | checked |\n\n| a | shown by |\n|---|---|\n{cells}\n");
            let problems = document.problems(root, &text);
            let ends: Vec<_> = problems.iter().map(|problem| problem.rsplit_once(": ").unwrap().1).collect();
            assert_eq!(ends, expected.into_iter().collect::<Vec<_>>(), "{cells}");
        }
        assert_eq!(
            document.problems(root, "| a | proof |\n|---|---|\n| a | b |\n"),
            ["docs/x.md has 0 rows of 1"]
        );
    }
}

//! Checks the tables of docs/sandbox.md that compare the sandbox with Stripe: a row that says `same` names a test, one that
//! says `switch` names a switch, and all of these exist, as do all other tests that the document names in brackets.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::named_tests;
use crate::progress::print_progress;
use crate::project::{self, Project};

const DOCUMENT: &str = "docs/sandbox.md";
/// Number of rows that surely say `same`. With fewer, a table has lost its form, and would not be checked.
const LEAST_ROWS: usize = 80;
/// Words with which the last cell of a comparison may begin.
const VERDICTS: [&str; 5] = ["same", "switch", "chosen", "differs", "unknown"];

/// Tests by where they are.
struct Tests<'a> {
    root: &'a Path,
    /// Files with the sandbox's own tests, and with those in a browser, relative to the root.
    rust: Vec<String>,
    browser: Vec<String>,
    /// Sources of the tests with Stripe's library for Node.js.
    node: Vec<String>,
}

/// Fails if a row or a list of tests names what is not there; prints all of these.
pub(super) fn check(project: &Project) -> Result<()> {
    let text = project::read(&project.root.join(DOCUMENT))?;
    let problems = problems(&text, &Tests::of(project)?);
    for problem in &problems {
        print_progress(format!("  {DOCUMENT}: {problem}"));
    }
    ensure!(problems.is_empty(), "{DOCUMENT} names tests or switches that there are not, or none");
    Ok(())
}

fn problems(text: &str, tests: &Tests<'_>) -> Vec<String> {
    let rows: Vec<&str> = text.lines().filter(|line| verdict(line).is_some()).collect();
    let switches = switches(text);
    let same = rows.iter().filter(|row| verdict(row) == Some("same")).count();
    let mut problems = Vec::new();
    if same < LEAST_ROWS {
        problems.push(format!("{same} rows of {LEAST_ROWS} say that the sandbox is the same"));
    }
    for row in rows {
        let cell = last_cell(row);
        let named = named_switches(cell);
        let is_fault = cell.contains("switch: a fault");
        let lacks = match verdict(row) {
            Some("same") if bracketed(cell).next().is_none() => Some("names no test"),
            Some("switch") if named.is_empty() && !is_fault => Some("names no switch"),
            _ => None,
        };
        problems.extend(lacks.map(|lack| format!("{lack}: {row}")));
        let gone = named.iter().filter(|name| !switches.contains(*name));
        problems.extend(gone.map(|name| format!("there is no switch {name}: {row}")));
    }
    let named = bracketed(text).flat_map(named_tests);
    problems.extend(
        named
            .filter(|(kind, name)| !tests.has(*kind, name))
            .map(|(_, name)| format!("there is no test {name:?}")),
    );
    problems
}

/// Returns the word with which the last cell of a comparison begins.
fn verdict(line: &str) -> Option<&'static str> {
    let cell = last_cell(line);
    VERDICTS.into_iter().find(|word| {
        line.starts_with('|')
            && cell.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
    })
}

fn last_cell(line: &str) -> &str {
    line.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim()
}

/// Returns the switches in the document's tables of switches: the words in backticks of the first cells.
fn switches(text: &str) -> BTreeSet<&str> {
    let tables = text.split("\n| switch |").skip(1);
    let rows = tables.flat_map(|table| table.lines().skip(2).take_while(|line| line.starts_with('|')));
    rows.flat_map(|row| quoted(row.split('|').nth(1).unwrap_or_default())).collect()
}

/// Returns the switches after the word `switch` of a cell.
fn named_switches(cell: &str) -> Vec<&str> {
    let after = cell.split_once("switch `").map(|(_, after)| after);
    let list = after.map(|after| after.split([';', '[', ':']).next().unwrap_or_default());
    list.map(|list| list.split('`').step_by(2).filter(|name| !name.is_empty()).collect()).unwrap_or_default()
}

/// Returns the contents of brackets that begin with a name in backticks, or say where the tests are.
fn bracketed(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('[').skip(1).filter_map(|part| part.split_once(']'));
    parts.map(|(inside, _)| inside).filter(|inside| inside.starts_with('`') || inside.starts_with("in "))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rust,
    Node,
    Browser,
}

/// Returns the tests in the contents of brackets. Words such as `in Node.js` hold for all names after them.
fn named_tests(inside: &str) -> Vec<(Kind, String)> {
    let mut kind = Kind::Rust;
    let mut found = Vec::new();
    for (at, part) in inside.split('`').enumerate() {
        if at % 2 == 1 {
            found.push((kind, part.split_whitespace().collect::<Vec<_>>().join(" ")));
        } else if part.contains("in Node.js") {
            kind = Kind::Node;
        } else if part.contains("in a browser") || part.contains("in Chromium") {
            kind = Kind::Browser;
        }
    }
    found
}

/// Returns the words in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

impl<'a> Tests<'a> {
    fn of(project: &'a Project) -> Result<Self> {
        let files = project.files()?;
        let within = |folder: &str, end: &str| -> Vec<String> {
            files.iter().filter(|file| file.starts_with(folder) && file.ends_with(end)).cloned().collect()
        };
        let node = within("crates/sandbox/clients/node/tests/", ".js").into_iter();
        let node = node.map(|file| project::read(&project.root.join(file))).collect::<Result<_>>()?;
        let rust = within("crates/sandbox/tests/", ".rs");
        Ok(Self { root: &project.root, rust, browser: within("e2e/tests/", ".rs"), node })
    }

    fn has(&self, kind: Kind, name: &str) -> bool {
        let in_rust =
            |files: &[String]| files.iter().any(|file| named_tests::find(self.root, file, name).is_ok());
        match kind {
            Kind::Rust => in_rust(&self.rust),
            Kind::Browser => in_rust(&self.browser),
            Kind::Node => self.node.iter().any(|source| source.contains(&format!("\ntest('{name}',"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LEAST_ROWS, Tests, problems};

    const SWITCHES: &str = "\n| switch | default | effect |\n|---|---|---|\n| `slow`, `late` | 0 | waits |\n";

    #[test]
    fn a_row_names_tests_and_switches_that_there_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let this = "a_row_names_tests_and_switches_that_there_are";
        let rust = vec!["src/lint/sandbox_rows.rs".to_owned()];
        let node = vec!["\ntest('a page opens', () => {});".to_owned()];
        let tests = Tests { root, rust, browser: Vec::new(), node };
        let enough = format!("| a | b | same [`{this}`] |\n").repeat(LEAST_ROWS);
        for (cell, expected) in [
            (format!("same [`{this}`, in Node.js: `a page opens`]; the words are chosen"), None),
            ("same, as far as anyone knows [see below](#below)".to_owned(), Some("names no test")),
            ("same [`gone`]".to_owned(), Some("there is no test \"gone\"")),
            ("same [in Node.js: `gone`]".to_owned(), Some("there is no test \"gone\"")),
            (format!("same [in a browser: `{this}`]"), Some("there is no test")),
            ("chosen".to_owned(), None),
            ("unknown: nobody says; switch `late`".to_owned(), None),
            ("switch `slow`, `late`".to_owned(), None),
            ("switch, see below".to_owned(), Some("names no switch")),
            ("switch `slow`, `fast`".to_owned(), Some("there is no switch fast")),
        ] {
            let found = problems(&format!("{enough}| a | b | {cell} |\n{SWITCHES}"), &tests);
            assert_eq!(found.len(), expected.into_iter().count(), "{cell}: {found:?}");
            assert!(expected.is_none_or(|start| found[0].starts_with(start)), "{cell}: {found:?}");
        }
        assert_eq!(problems(SWITCHES, &tests), ["0 rows of 80 say that the sandbox is the same"]);
    }
}

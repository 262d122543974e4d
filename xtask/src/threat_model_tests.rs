//! Checks that the tests which `docs/threat-model.md` names exist.

use crate::named_tests::{assert_is_test, read};

/// Returns the rows of its table: the attacker with their goal, and the tests (file and function) that show the
/// defence.
fn rows(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let table = text.lines().skip_while(|line| !line.starts_with("| attacker |"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [attacker, wants, .., tests] = cells.as_slice() else { panic!("no row: {line}") };
        let named = tests.split('`').filter_map(|word| word.split_once("::"));
        let tests = named.map(|(file, test)| (file.to_owned(), test.to_owned())).collect();
        (format!("{} {}", attacker.trim(), wants.trim()), tests)
    };
    table.skip(2).take_while(|line| line.starts_with('|')).map(row).collect()
}

#[test]
fn each_threat_names_tests_that_there_are() {
    let rows = rows(&read("docs/threat-model.md"));
    assert!(rows.len() > 10, "{rows:?}");
    for (row, tests) in rows {
        assert!(!tests.is_empty(), "{row}: no test is named");
        for (file, test) in tests {
            assert_is_test(&row, &file, &test);
        }
    }
}

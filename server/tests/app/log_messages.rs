//! The tables of docs/logs.md against the source: every message, at its level.

use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../../../docs/logs.md");
const LEVELS: [(&str, &str); 4] =
    [("error", "## Errors"), ("warn", "## Warnings"), ("info", "## Information"), ("debug", "## Debugging")];

/// Returns the level and the message of every line of the log that this code can write; `…` stands for what differs.
fn messages(code: &str) -> Vec<(String, String)> {
    let calls = code.split("tracing::").skip(1).filter_map(|rest| rest.split_once("!("));
    let calls = calls.filter(|(name, _)| ["error", "warn", "info", "debug", "trace"].contains(name));
    calls.map(|(level, rest)| (level.to_owned(), message(first_text(rest)))).collect()
}

/// Returns what is between the first pair of quotes.
fn first_text(code: &str) -> &str {
    let begins = code.find('"').unwrap() + 1;
    let mut is_escaped = false;
    let length = code[begins..].find(|c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    &code[begins..begins + length.unwrap()]
}

/// Joins the lines of the text, and puts `…` in place of each value.
fn message(text: &str) -> String {
    let joined: Vec<&str> = text.split("\\\n").enumerate().map(|(n, part)| trimmed(n, part)).collect();
    let joined = joined.concat().replace("\\\"", "\"");
    let mut parts = joined.split('{');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |done, part| done + "…" + part.split_once('}').unwrap().1)
}

fn trimmed(line: usize, part: &str) -> &str {
    if line == 0 { part } else { part.trim_start() }
}

fn in_source(folder: &Path, found: &mut BTreeSet<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "tests" {
            in_source(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") && name != "tests.rs" {
            let code = std::fs::read_to_string(&path).unwrap();
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
            found.extend(messages(code));
        }
    }
}

fn in_documentation() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (level, heading) in LEVELS {
        let section = PAGE.split_once(heading).unwrap().1.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
        found.extend(rows.map(|cell| (level.to_owned(), cell.trim_matches('`').to_owned())));
    }
    found
}

#[test]
fn the_tables_have_every_message_at_its_level_and_no_other() {
    let mut source = BTreeSet::new();
    in_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
    assert!(source.len() > 100, "{}", source.len());
    let page = in_documentation();
    let (missing, obsolete): (Vec<_>, Vec<_>) =
        (source.difference(&page).collect(), page.difference(&source).collect());
    assert!(missing.is_empty(), "add to docs/logs.md what to do about {missing:#?}");
    assert!(obsolete.is_empty(), "delete from docs/logs.md {obsolete:#?}");
}

#[test]
fn a_message_is_read_from_code_however_it_is_written() {
    let code = r#"
        tracing::warn!(%error, id, "can't \"do\" {id}: {error}");
        tracing::error!(
            "first, \
             then {}", x
        );
        tracing::subscriber::set_default(x);
    "#;
    let expected = [("warn", "can't \"do\" …: …"), ("error", "first, then …")];
    let expected = expected.map(|(level, text)| (level.to_owned(), text.to_owned()));
    assert_eq!(messages(code), expected);
}

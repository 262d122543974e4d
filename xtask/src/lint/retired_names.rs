//! Checks that names which were replaced by better ones do not come back: `xtask/retired-names.txt` lists them by
//! folder.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::is_rust;
use super::tokens::{Token, tokens};
use crate::progress::print_progress;
use crate::project::{self, Project};

const LIST: &str = "xtask/retired-names.txt";

/// Name that must not be used in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Retired<'a> {
    folder: &'a str,
    old: &'a str,
    new: &'a str,
}

/// Prints every file and identifier with a retired name, then fails if there was one.
pub(super) fn check(project: &Project, files: &[String]) -> Result<()> {
    let list = project::read(&project.root.join(LIST))?;
    let retired = parse(&list)?;
    let mut found = Vec::new();
    for file in files {
        let here: Vec<_> = retired.iter().filter(|name| Path::new(file).starts_with(name.folder)).collect();
        if here.is_empty() {
            continue;
        }
        found.extend(here.iter().filter(|name| is_path_with(file, name)).map(|name| message(file, name)));
        if is_rust(file) {
            let source = project::read(&project.root.join(file))?;
            let tokens = tokens(&source);
            for name in here {
                found.extend(
                    line_with(&tokens, name.old).map(|line| message(&format!("{file}:{line}"), name)),
                );
            }
        }
    }
    for message in &found {
        print_progress(format!("  {message}"));
    }
    ensure!(found.is_empty(), "{} retired names are back", found.len());
    Ok(())
}

fn message(place: &str, Retired { old, new, .. }: &Retired<'_>) -> String {
    format!("{place}: `{old}` is a retired name; use {new}")
}

/// Parses the list: a line `[folder]`, then a line `old -> new` for each name that is retired below that folder.
fn parse(list: &str) -> Result<Vec<Retired<'_>>> {
    let mut names = Vec::new();
    let mut folder = None;
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            folder = Some(name);
        } else if let Some((old, new)) = line.split_once(" -> ") {
            let folder = folder.with_context(|| format!("{LIST}: no [folder] before `{line}`"))?;
            names.push(Retired { folder, old: old.trim(), new: new.trim() });
        } else {
            bail!("{LIST}: `{line}` is neither `[folder]` nor `old -> new`");
        }
    }
    Ok(names)
}

/// Returns true if a folder or the file below the name's folder has that name, whatever the extension.
fn is_path_with(file: &str, name: &Retired<'_>) -> bool {
    let below = Path::new(file).strip_prefix(name.folder).unwrap_or(Path::new(""));
    let is_old = |part: &std::ffi::OsStr| Path::new(part).file_stem().is_some_and(|stem| stem == name.old);
    below.iter().any(is_old)
}

/// Returns the first line of the code with this identifier.
///
/// A name of one lower-case word is also a good name for a variable, so only modules and functions count.
fn line_with(tokens: &[Token<'_>], name: &str) -> Option<usize> {
    let is_word = name.chars().all(|c| c.is_ascii_lowercase());
    let before = std::iter::once("").chain(tokens.iter().map(|token| token.text));
    let uses = tokens.iter().zip(before).filter(|(token, _)| token.text == name);
    uses.filter(|(_, before)| !is_word || ["fn", "mod"].contains(before)).map(|(token, _)| token.line).next()
}

#[cfg(test)]
mod tests {
    use super::{Retired, is_path_with, line_with, parse};
    use crate::lint::tokens::tokens;

    const HAND: Retired<'_> = Retired { folder: "e2e", old: "hand", new: "input" };

    #[test]
    fn the_list_has_names_by_folder() {
        let names = parse("# Old names.\n[e2e]\nhand -> input\n\n[a/b]\nWalk -> Harness").unwrap();
        assert_eq!(names, [HAND, Retired { folder: "a/b", old: "Walk", new: "Harness" }]);
        assert!(parse("hand -> input").is_err(), "no folder");
        assert!(parse("[e2e]\nhand").is_err(), "no new name");
    }

    #[test]
    fn files_and_folders_may_not_have_a_retired_name() {
        for file in ["e2e/src/hand.rs", "e2e/src/hand/mouse.rs", "e2e/src/hand.js"] {
            assert!(is_path_with(file, &HAND), "{file}");
        }
        for file in ["e2e/src/handle.rs", "e2e/src/input.rs"] {
            assert!(!is_path_with(file, &HAND), "{file}");
        }
    }

    #[test]
    fn modules_functions_and_types_may_not_have_a_retired_name() {
        let line = |source, name| line_with(&tokens(source), name);
        assert_eq!(line("use a;\nmod hand;", "hand"), Some(2));
        assert_eq!(line("pub fn hand() {}", "hand"), Some(1));
        assert_eq!(line("\n\nlet x: Walk = y;", "Walk"), Some(3));
        assert_eq!(line("way_back", "way_back"), Some(1));
    }

    #[test]
    fn words_in_comments_strings_and_variables_may() {
        let line = |source, name| line_with(&tokens(source), name);
        assert_eq!(line("// mod hand;\nlet hand = \"fn hand\";", "hand"), None);
        assert_eq!(line("fn handle() { Walker }", "Walk"), None);
    }
}

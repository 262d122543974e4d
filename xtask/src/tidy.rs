//! Checks conventions that no other tool checks: file lengths and module names.

use std::path::Path;

use anyhow::{Result, bail};

use crate::progress::print_progress;
use crate::project::{self, Project};

/// Hard limit for the lines of a source file. The recommended maximum is 250.
const MAX_LINES: usize = 400;
const ARCHITECTURE: &str = "ARCHITECTURE.md";
const MAX_ARCHITECTURE_LINES: usize = 200;
/// Extensions of files that are checked: handwritten source. Messages, data and documents have no limit.
const SOURCES: [&str; 6] = ["css", "html", "js", "rs", "sh", "sql"];

/// Prints every violation, then fails if there was one.
pub(crate) fn check(project: &Project, files: &[String]) -> Result<()> {
    let mut found = Vec::new();
    for name in files {
        if is_checked(name) {
            found.extend(violations(name, &project::read(&project.root.join(name))?));
        }
    }
    if !project.root.join(ARCHITECTURE).is_file() {
        found.push(format!("{ARCHITECTURE} is missing"));
    }
    for violation in &found {
        print_progress(format!("  {violation}"));
    }
    if !found.is_empty() {
        bail!("{} violations of conventions", found.len());
    }
    Ok(())
}

fn is_checked(name: &str) -> bool {
    let extension = Path::new(name).extension().unwrap_or_default();
    name == ARCHITECTURE || SOURCES.iter().any(|source| extension == *source)
}

fn violations(name: &str, text: &str) -> Vec<String> {
    let max = if name == ARCHITECTURE { MAX_ARCHITECTURE_LINES } else { MAX_LINES };
    let lines = text.lines().count();
    let mut found = Vec::new();
    if lines > max {
        found.push(format!("{name} has {lines} lines: at most {max}"));
    }
    let path = Path::new(name);
    let is_folder = path.parent().is_some_and(|parent| parent.iter().any(|folder| folder == "utils"));
    if path.file_stem().is_some_and(|stem| stem == "utils") || is_folder || text.lines().any(declares_utils) {
        found.push(format!("{name}: `utils` says nothing; name the module for what it is"));
    }
    found
}

fn declares_utils(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let keyword = words.find(|word| !["pub", "crate", "super"].contains(word));
    keyword == Some("mod") && words.next() == Some("utils") && !line.trim_start().starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::{is_checked, violations};

    #[test]
    fn a_long_file_is_a_breach_and_the_longest_that_may_be_is_none() {
        assert_eq!(violations("src/a.rs", &"\n".repeat(400)), Vec::<String>::new());
        assert_eq!(violations("src/a.rs", &"\n".repeat(401)), ["src/a.rs has 401 lines: at most 400"]);
        assert_eq!(violations("ARCHITECTURE.md", &"\n".repeat(201)).len(), 1);
    }

    #[test]
    fn a_module_named_utils_is_a_breach_however_it_comes() {
        for (name, text) in [
            ("src/utils.rs", ""),
            ("src/utils/time.rs", ""),
            ("src/lib.rs", "pub(crate) mod utils;"),
            ("src/lib.rs", "mod utils {"),
        ] {
            assert_eq!(violations(name, text).len(), 1, "{name} {text}");
        }
        for text in ["// mod utils", "mod utilsation;", "use utils::x;"] {
            assert_eq!(violations("src/lib.rs", text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn sources_are_checked_and_data_is_not() {
        assert!(is_checked("style/card.css") && is_checked("ARCHITECTURE.md"));
        assert!(!is_checked("Cargo.lock") && !is_checked("locales/en.json") && !is_checked("README.md"));
    }
}

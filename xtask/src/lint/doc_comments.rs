//! Checks how documentation comments begin. A comment that begins with a question word names its subject last, so few
//! may.

use anyhow::{Result, bail};

use super::is_rust;
use crate::progress::print_progress;
use crate::project::{self, Project};

const QUESTION_WORDS: [&str; 10] =
    ["What", "Where", "Who", "Whose", "Whether", "How", "When", "Which", "Whoever", "Whatever"];
/// Maximum share of such comments in all Rust files, in percent.
const MAX_PERCENT: usize = 5;
/// Number of files that are printed, those with the most such comments first.
const REPORTED_FILES: usize = 10;

/// Numbers of blocks of documentation comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Blocks {
    all: usize,
    questions: usize,
}

/// Fails if more than [`MAX_PERCENT`] of all blocks begin with a question word, and prints the worst files.
pub(super) fn check(project: &Project, files: &[String]) -> Result<()> {
    let mut counted = Vec::new();
    for file in files.iter().filter(|file| is_rust(file)) {
        counted.push((file.as_str(), blocks(&project::read(&project.root.join(file))?)));
    }
    verify(&mut counted)
}

fn verify(files: &mut [(&str, Blocks)]) -> Result<()> {
    let all: usize = files.iter().map(|(_, blocks)| blocks.all).sum();
    let questions: usize = files.iter().map(|(_, blocks)| blocks.questions).sum();
    if questions * 100 <= all * MAX_PERCENT {
        return Ok(());
    }
    files.sort_by_key(|(file, blocks)| (usize::MAX - blocks.questions, *file));
    for (file, blocks) in files.iter().filter(|(_, blocks)| blocks.questions > 0).take(REPORTED_FILES) {
        print_progress(format!("  {file}: {} of {}", blocks.questions, blocks.all));
    }
    bail!(
        "{questions} of {all} documentation comments begin with a question word; at most {MAX_PERCENT} % may"
    )
}

/// Counts the blocks of consecutive `///` or `//!` lines.
fn blocks(source: &str) -> Blocks {
    let mut blocks = Blocks::default();
    let mut before = None;
    for line in source.lines().map(str::trim_start) {
        let kind = ["///", "//!"].into_iter().find(|kind| line.starts_with(kind));
        if let Some(kind) = kind
            && before != Some(kind)
        {
            let text = line.strip_prefix(kind).unwrap_or_default().trim_start();
            let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            blocks.all += 1;
            blocks.questions += usize::from(QUESTION_WORDS.contains(&word));
        }
        before = kind;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{Blocks, blocks, verify};

    #[test]
    fn the_first_word_of_each_block_counts() {
        let source = "//! What this is.\n//! Whether or not.\n\n/// A number.\n/// Which one?\nfn a() {}\n    /// Where's it?\n// Who";
        assert_eq!(blocks(source), Blocks { all: 3, questions: 2 });
        assert_eq!(blocks("/// Whatsoever\n//! When: now"), Blocks { all: 2, questions: 1 });
    }

    #[test]
    fn more_than_five_percent_are_an_error_with_both_numbers() {
        let (good, bad) = (Blocks { all: 95, questions: 0 }, Blocks { all: 5, questions: 5 });
        verify(&mut [("a.rs", good), ("b.rs", bad)]).unwrap();
        let worse = Blocks { all: 6, questions: 6 };
        let error = verify(&mut [("a.rs", good), ("b.rs", worse)]).unwrap_err();
        assert!(error.to_string().starts_with("6 of 101 documentation comments"), "{error}");
    }
}

//! Names of the page's files. They contain a hash of the content, because browsers cache these files for ever.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;

use anyhow::{Result, ensure};

/// File name prefix of the lazily loaded part of the program.
pub(crate) const LATER: &str = "relink-later-";

/// Returns a hash of the content, as 8 hexadecimal digits.
///
/// It need not be cryptographic, and it is short because the loader contains four of them.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:08x}", hasher.finish() >> 32)
}

/// Replaces every occurrence of the file name `old` in `text` by `new`. Fails if there is none.
pub(crate) fn replaced(text: &str, old: &str, new: &str) -> Result<String> {
    ensure!(text.contains(old), "{old} is not named where it should be");
    Ok(text.replace(old, new))
}

#[cfg(test)]
mod tests {
    use super::{hash, replaced};

    #[test]
    fn a_file_that_is_not_named_can_not_be_renamed() {
        assert_eq!(replaced("<a.js>", "a.js", "b.js").unwrap(), "<b.js>");
        assert!(replaced("<a.js>", "c.js", "b.js").is_err());
    }

    #[test]
    fn other_content_has_another_name() {
        assert_eq!(hash(b"a"), hash(b"a"));
        assert_ne!(hash(b"a"), hash(b"b"));
    }
}

//! Names of the page's files, which change with their content because browsers keep these files for ever.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;

use anyhow::{Result, ensure};

/// How the name of the program's later part begins.
pub(crate) const LATER: &str = "relink-later-";

/// Changes with the content. Secrecy is not asked of it, and it is short because the loader has to name four of them.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:08x}", hasher.finish() >> 32)
}

/// `text` with `new` wherever it names the file `old`.
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

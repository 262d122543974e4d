//! Names of the page's files. They contain a hash of the content, because browsers cache these files for ever.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher as _;
use std::path::Path;

use anyhow::{Result, bail, ensure};

/// File name prefix of the lazily loaded part of the program.
pub(crate) const LAZY_PREFIX: &str = "relink-later-";

/// Returns a hash of the content, as 8 hexadecimal digits.
///
/// It need not be cryptographic, and it is short because the loader contains four of them.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:08x}", hasher.finish() >> 32)
}

/// Returns the file name of the lazily loaded part, which the glue contains.
pub(crate) fn lazy_file_name(lazy: &[u8]) -> String {
    format!("{}{}.wasm", LAZY_PREFIX, hash(lazy))
}

/// Replaces every occurrence of the file name `old` in `text` by `new`. Fails if there is none.
pub(crate) fn replace_name(text: &str, old: &str, new: &str) -> Result<String> {
    ensure!(text.contains(old), "{old} not found");
    Ok(text.replace(old, new))
}

/// Returns the only file name in the folder with this prefix and suffix. Fails if there is none or more than one.
pub(crate) fn single_file(folder: &Path, begin: &str, end: &str) -> Result<String> {
    single(matching_files(folder, begin, end)?, &format!("{begin}…{end}"))
}

/// Returns the only one of the found file names. `wanted` describes it in the error.
pub(crate) fn single(found: Vec<String>, wanted: &str) -> Result<String> {
    match <[String; 1]>::try_from(found) {
        Ok([file]) => Ok(file),
        Err(files) => bail!("expected one file {wanted}, found {files:?}"),
    }
}

/// Returns the file names in the folder with this prefix and suffix.
pub(crate) fn matching_files(folder: &Path, begin: &str, end: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(begin) && name.ends_with(end) {
            found.push(name);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{hash, replace_name, single_file};

    #[test]
    fn a_file_that_is_there_twice_or_not_at_all_is_an_error() {
        let dist = tempfile::tempdir().unwrap();
        assert!(single_file(dist.path(), "app-", "_bg.wasm").is_err());
        fs::write(dist.path().join("app-1f_bg.wasm"), "").unwrap();
        fs::write(dist.path().join("app-1f.js"), "").unwrap();
        assert_eq!(single_file(dist.path(), "app-", "_bg.wasm").unwrap(), "app-1f_bg.wasm");
        fs::write(dist.path().join("app-2e_bg.wasm"), "").unwrap();
        assert!(single_file(dist.path(), "app-", "_bg.wasm").is_err());
    }

    #[test]
    fn a_file_that_is_not_named_can_not_be_renamed() {
        assert_eq!(replace_name("<a.js>", "a.js", "b.js").unwrap(), "<b.js>");
        assert!(replace_name("<a.js>", "c.js", "b.js").is_err());
    }

    #[test]
    fn other_content_has_another_name() {
        assert_eq!(hash(b"a"), hash(b"a"));
        assert_ne!(hash(b"a"), hash(b"b"));
    }
}

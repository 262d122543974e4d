//! Settings for several keys that verify customers' tokens.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use secrecy::SecretString;

/// Sources of several token keys, in place of the one of `RELINK_TOKEN_KEY`.
#[derive(Clone, Debug, Default, Args)]
pub struct TokenKeyOptions {
    /// Address of your back end's public keys as a JSON Web Key Set, such as
    /// <https://shop.example/.well-known/jwks.json>: https, or http on this machine. Read every 5 minutes, and when a token
    /// names a key that is not in it; needs `RELINK_TOKEN_AUDIENCE`. For signatures with public keys, of which
    /// `RELINK_TOKEN_ALGORITHM` may name several.
    #[arg(long, env = "RELINK_TOKEN_JWKS_URL")]
    pub token_jwks_url: Option<String>,

    /// Folder of token keys: a file `KID.pem` with a public key for each, or `KID.secret` with a shared secret (HS256).
    /// A token names its key by `kid`; one without it is tried with each. Read again when a file changes.
    #[arg(long, env = "RELINK_TOKEN_KEYS_DIR")]
    pub token_keys_dir: Option<PathBuf>,

    /// Keys of the folder.
    #[arg(skip)]
    pub token_key_files: Vec<TokenKeyFile>,
}

/// Key from a file.
#[derive(Clone, Debug)]
pub struct TokenKeyFile {
    /// Name of the file without its ending.
    pub kid: String,
    /// Content of the file, without white space at its end.
    pub key: SecretString,
}

impl TokenKeyOptions {
    /// Reads the folder, if one is set.
    pub(super) fn read_folder(&mut self) -> anyhow::Result<()> {
        let Some(folder) = self.folder() else { return Ok(()) };
        self.token_key_files = read(folder)
            .with_context(|| format!("can't read RELINK_TOKEN_KEYS_DIR ({})", folder.display()))?;
        Ok(())
    }

    /// Returns the folder, if one is set.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.token_keys_dir.as_deref().filter(|folder| *folder != Path::new(""))
    }
}

/// Reads the keys, in the order of their names. Other files, such as the hidden ones of mounted volumes, are no keys.
fn read(folder: &Path) -> anyhow::Result<Vec<TokenKeyFile>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_key = path.extension().is_some_and(|ending| ending == "pem" || ending == "secret");
        let Some(kid) = path.file_stem().and_then(|kid| kid.to_str()).filter(|kid| !kid.starts_with('.'))
        else {
            continue;
        };
        if is_key {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
            found.push(TokenKeyFile { kid: kid.to_owned(), key: SecretString::from(text.trim_end()) });
        }
    }
    found.sort_by(|one, other| one.kid.cmp(&other.kid));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_a_key_for_each_file_and_other_files_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.pem", "a.secret", "README", ".hidden.pem", "..data"] {
            std::fs::write(folder.path().join(name), "key\n").unwrap();
        }
        let mut options =
            TokenKeyOptions { token_keys_dir: Some(folder.path().to_owned()), ..Default::default() };
        options.read_folder().unwrap();
        let kids: Vec<&str> = options.token_key_files.iter().map(|file| file.kid.as_str()).collect();
        assert_eq!(kids, ["a", "b"]);
        options.token_keys_dir = Some(folder.path().join("nowhere"));
        let error = options.read_folder().unwrap_err().to_string();
        assert!(error.starts_with("can't read RELINK_TOKEN_KEYS_DIR"), "{error}");
        assert!(!format!("{options:?}").contains("key\\n"));
    }
}

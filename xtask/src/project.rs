//! Paths of the clone, its build folder and the tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::command;
use crate::tools::Tools;

/// Clone of the repository in which the command was called.
#[derive(Debug)]
pub(crate) struct Project {
    /// Folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder: `target/`, unless `CARGO_TARGET_DIR` names another one.
    pub(crate) target: PathBuf,
    /// Installed tools.
    pub(crate) tools: Tools,
}

impl Project {
    /// Finds the clone from the current folder. `cache_home` replaces `~/.cache`.
    pub(crate) fn open(cache_home: Option<PathBuf>) -> Result<Self> {
        let mut metadata = Command::new("cargo");
        metadata.args(["metadata", "--no-deps", "--format-version=1"]);
        let metadata: Value = serde_json::from_str(&command::capture(&mut metadata)?)
            .context("cargo metadata wrote no JSON")?;
        Ok(Self {
            root: folder(&metadata, "workspace_root")?,
            target: folder(&metadata, "target_directory")?,
            tools: Tools::open(cache_home)?,
        })
    }

    /// Folder of the page that `cargo xtask build` builds.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Returns a command that runs in the clone's root folder.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Returns a `cargo` command with `--locked` and these arguments.
    pub(crate) fn cargo(&self, subcommand: &str, arguments: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args([subcommand, "--locked"]).args(arguments);
        command
    }

    /// Returns the files that Git tracks, and new ones that it does not ignore, relative to the root folder.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut list = self.command("git");
        list.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let names = command::capture(&mut list)?;
        // Git also lists files whose deletion is not committed yet.
        Ok(names.lines().filter(|name| self.root.join(name).is_file()).map(str::to_owned).collect())
    }

    /// Returns the version of `package` in `Cargo.lock`. Fails if there is none or more than one.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let file = self.root.join("Cargo.lock");
        let lock = read(&file)?;
        match *locked_versions(&lock, package) {
            [version] => Ok(version.to_owned()),
            [] => bail!("{} names no {package}", file.display()),
            [..] => bail!("{} names more than one version of {package}", file.display()),
        }
    }
}

/// Reads a text file; an error contains its name.
pub(crate) fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))
}

/// Copies a folder recursively, without the files and folders that have one of the names in `except`.
pub(crate) fn copy_folder(from: &Path, to: &Path, except: &[&str]) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if except.iter().any(|except| name == *except) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(name), except)?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

fn folder(metadata: &Value, key: &str) -> Result<PathBuf> {
    let folder = metadata.get(key).and_then(Value::as_str);
    Ok(PathBuf::from(folder.with_context(|| format!("cargo metadata has no {key}"))?))
}

fn locked_versions<'a>(lock: &'a str, package: &str) -> Vec<&'a str> {
    let value = |entry: &'a str, key: &str| {
        entry.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
    };
    lock.split("[[package]]")
        .filter(|entry| value(entry, "name") == Some(package))
        .filter_map(|entry| value(entry, "version"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{copy_folder, locked_versions};

    #[test]
    fn an_application_is_copied_without_what_was_installed_and_built() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for file in ["src/a.tsx", "node_modules/x/index.js", "dist/index.html", "package.json"] {
            let file = from.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        copy_folder(from.path(), to.path(), &["node_modules", "dist"]).unwrap();
        assert!(to.path().join("src/a.tsx").is_file() && to.path().join("package.json").is_file());
        assert!(!to.path().join("node_modules").exists() && !to.path().join("dist").exists());
    }

    const LOCK: &str = r#"version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.126"
dependencies = [
 "wasm-bindgen-macro",
]

[[package]]
name = "wasm-bindgen-futures"
version = "0.4.76"

[[package]]
name = "nix"
version = "0.29.0"

[[package]]
name = "nix"
version = "0.31.3"
"#;

    #[test]
    fn the_locked_version_is_that_of_the_package_with_exactly_this_name() {
        assert_eq!(locked_versions(LOCK, "wasm-bindgen"), ["0.2.126"]);
    }

    #[test]
    fn a_package_that_is_locked_twice_has_two_versions() {
        assert_eq!(locked_versions(LOCK, "nix"), ["0.29.0", "0.31.3"]);
    }

    #[test]
    fn a_package_that_is_not_locked_has_no_version() {
        assert_eq!(locked_versions(LOCK, "wasm"), Vec::<&str>::new());
    }
}

//! Tools that the commands need, at pinned versions, in `~/.cache/relink/tools/<name>-<version>/`.
//!
//! Tools that the user has installed are not changed. A tool is installed into a temporary folder next to its final
//! one, and renamed when it is complete, so that a partial install never counts. One lock covers all installs of all
//! running xtasks.

pub(crate) mod axe;
pub(crate) mod binaryen;
pub(crate) mod cargo_deny;
pub(crate) mod chromium;
pub(crate) mod debian;
pub(crate) mod equal_access;
pub(crate) mod esbuild;
pub(crate) mod firefox;
pub(crate) mod html_validate;
pub(crate) mod lighthouse;
pub(crate) mod peers;
pub(crate) mod postgres;
pub(crate) mod python;
pub(crate) mod rust;
pub(crate) mod stripe_clients;
pub(crate) mod stripe_libraries;
pub(crate) mod tls_proxies;
pub(crate) mod trunk;
pub(crate) mod typos;
pub(crate) mod wasm_bindgen;
pub(crate) mod web_package;
pub(crate) mod webkit;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::command;
use crate::progress::print_progress;

/// Name prefix of a folder whose install is not complete.
const PARTIAL: &str = ".partial-";

/// Folder of the installed tools.
#[derive(Debug)]
pub(crate) struct Tools {
    folder: PathBuf,
}

/// Instructions for installing one tool.
pub(crate) struct Recipe<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    /// Purpose of the tool, which is printed when it is installed.
    pub(crate) purpose: &'a str,
    /// Files that a complete install contains, relative to the tool's folder.
    pub(crate) required_files: &'a [&'a str],
    /// Installs the tool into the given folder.
    pub(crate) install: &'a dyn Fn(&Path) -> Result<()>,
}

impl Recipe<'_> {
    /// True if the folder has all files of the tool.
    fn is_whole(&self, folder: &Path) -> bool {
        self.required_files.iter().all(|file| folder.join(file).is_file())
    }
}

impl Tools {
    pub(crate) fn open(cache_home: Option<PathBuf>) -> Result<Self> {
        let cache = cache_home
            .filter(|folder| folder.is_absolute())
            .or_else(|| Some(std::env::home_dir()?.join(".cache")))
            .context("no home folder: set XDG_CACHE_HOME to a folder for caches")?;
        Ok(Self { folder: cache.join("relink/tools") })
    }

    /// True if the tool is installed.
    pub(crate) fn has(&self, recipe: &Recipe<'_>) -> bool {
        recipe.is_whole(&self.home(recipe))
    }

    fn home(&self, recipe: &Recipe<'_>) -> PathBuf {
        self.folder.join(format!("{}-{}", recipe.name, recipe.version))
    }

    /// Returns the tool's folder; installs the tool first if it is missing.
    pub(crate) fn ensure_installed(&self, recipe: &Recipe<'_>) -> Result<PathBuf> {
        let Recipe { name, version, purpose, required_files, install } = recipe;
        let home = self.home(recipe);
        if recipe.is_whole(&home) {
            return Ok(home);
        }
        let _lock = self.lock()?;
        if recipe.is_whole(&home) {
            return Ok(home); // another xtask has installed it while this one waited
        }
        self.remove_partial_installs()?;
        print_progress(format!("Installing {name} {version} into {}: {purpose}.", home.display()));
        let partial = tempfile::Builder::new().prefix(PARTIAL).tempdir_in(&self.folder)?;
        install(partial.path()).with_context(|| format!("could not install {name} {version}"))?;
        ensure!(
            recipe.is_whole(partial.path()),
            "{name} {version} was installed, but lacks one of {required_files:?}"
        );
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::rename(partial.path(), &home)?;
        Ok(home)
    }

    /// Acquires the lock on installs. Waits while another xtask holds it.
    pub(crate) fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("could not create {}", self.folder.display()))?;
        lock(File::create(self.folder.join(".lock"))?, "another cargo xtask that is installing tools")
    }

    /// Removes the folders of interrupted installs. The caller must hold the lock.
    fn remove_partial_installs(&self) -> Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Compiles a published Rust program and installs it into `root`.
    ///
    /// Overrides the program's own release profile, because compiling with it takes longer than the program ever runs
    /// here.
    fn cargo_install(&self, package: &str, version: &str, root: &Path) -> Result<()> {
        // Kept if the install fails, so that the next attempt continues where this one stopped.
        let target = self.folder.join(".target");
        let mut install = Command::new("cargo");
        install.args(["install", "--locked", package, "--version", version, "--root"]).arg(root);
        install.env("CARGO_TARGET_DIR", &target);
        for (setting, value) in
            [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "false")]
        {
            install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        command::run(&mut install)?;
        Ok(fs::remove_dir_all(&target)?)
    }
}

/// Fails with advice if Node.js or npm is missing.
fn check_node() -> Result<()> {
    for program in ["node", "npm"] {
        command::find(program).with_context(|| {
            format!("{program} is missing. Install Node.js 20 or newer, for example: apt-get install -y nodejs npm")
        })?;
    }
    Ok(())
}

/// Installs a program from npm into `folder`, without running install scripts.
fn npm_install(package: &str, version: &str, folder: &Path) -> Result<()> {
    check_node()?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(folder);
    command::run(npm.arg(format!("{package}@{version}")))
}

/// Locks `file`. If it has to wait, it prints a message that names the `holder` of the lock.
pub(crate) fn lock(file: File, holder: &str) -> Result<File> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            print_progress(format!("Waiting for {holder} …"));
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::path::Path;

    use anyhow::{Result, bail};

    use super::{PARTIAL, Recipe, Tools};

    fn tools() -> (tempfile::TempDir, Tools) {
        let home = tempfile::tempdir().unwrap();
        let tools = Tools::open(Some(home.path().to_owned())).unwrap();
        (home, tools)
    }

    fn recipe(install: &dyn Fn(&Path) -> Result<()>) -> Recipe<'_> {
        Recipe { name: "saw", version: "1.2.3", purpose: "to cut", required_files: &["saw"], install }
    }

    #[test]
    fn a_tool_is_installed_once() {
        let (_home, tools) = tools();
        let installs = Cell::new(0);
        let install = |folder: &Path| {
            installs.set(installs.get() + 1);
            Ok(fs::write(folder.join("saw"), "")?)
        };
        let first = tools.ensure_installed(&recipe(&install)).unwrap();
        let second = tools.ensure_installed(&recipe(&install)).unwrap();
        assert_eq!(installs.get(), 1);
        assert_eq!(first, second);
        assert!(first.ends_with("relink/tools/saw-1.2.3"));
    }

    #[test]
    fn a_failed_install_leaves_nothing_that_counts_as_installed() {
        let (_home, tools) = tools();
        let half = |folder: &Path| {
            fs::write(folder.join("saw"), "")?;
            bail!("the network is gone")
        };
        assert!(tools.ensure_installed(&recipe(&half)).is_err());
        assert!(!tools.folder.join("saw-1.2.3").exists());
    }

    #[test]
    fn an_install_without_the_program_is_an_error() {
        let (_home, tools) = tools();
        assert!(tools.ensure_installed(&recipe(&|_| Ok(()))).is_err());
    }

    #[test]
    fn an_incomplete_folder_is_replaced_and_leftovers_are_swept() {
        let (_home, tools) = tools();
        let leftover = tools.folder.join(format!("{PARTIAL}left"));
        fs::create_dir_all(&leftover).unwrap();
        fs::create_dir_all(tools.folder.join("saw-1.2.3/old")).unwrap();
        let home = tools.ensure_installed(&recipe(&|folder| Ok(fs::write(folder.join("saw"), "")?))).unwrap();
        assert!(home.join("saw").is_file());
        assert!(!home.join("old").exists());
        assert!(!leftover.exists());
    }
}

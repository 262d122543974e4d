//! Chromium and its driver, for tests in a real browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::command;
use crate::tools::{Tools, debian};

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Paths of the browser and of a driver with the same major version.
#[derive(Debug)]
pub(crate) struct Chromium {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Chromium {
    /// Finds both on `PATH`; as root on Debian, installs them if they are missing.
    ///
    /// Fails if they are missing elsewhere, or if their versions differ.
    pub(crate) fn ensure_installed(tools: &Tools) -> Result<Self> {
        if Self::on_path().is_none() {
            let _lock = tools.lock()?;
            debian::install(&PACKAGES, "Chromium and its driver: end-to-end tests use them")?;
        }
        let Some(browser) = Self::on_path() else { anyhow::bail!(missing()) };
        browser.check()?;
        Ok(browser)
    }

    fn on_path() -> Option<Self> {
        Some(Self { chromium: command::find("chromium")?, driver: command::find("chromedriver")? })
    }

    /// Fails if the major versions differ, because the driver would fail later with an unclear error.
    fn check(&self) -> Result<()> {
        let (chromium, driver) = (version(&self.chromium)?, version(&self.driver)?);
        ensure!(
            major(&chromium).is_some() && major(&chromium) == major(&driver),
            "chromium and chromedriver differ ({} and {}): install both at the same version",
            chromium.trim(),
            driver.trim()
        );
        Ok(())
    }
}

fn version(program: &Path) -> Result<String> {
    command::capture(Command::new(program).arg("--version"))
}

fn major(version: &str) -> Option<u32> {
    version.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

fn missing() -> String {
    let command = if cfg!(target_os = "macos") {
        "brew install --cask chromium chromedriver".to_owned()
    } else {
        debian::command(&PACKAGES)
    };
    format!(
        "chromium or chromedriver is not on PATH: end-to-end tests use them. Run this first:\n  {command}"
    )
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_what_the_programs_print() {
        assert_eq!(major("Chromium 156.0.7012.3 built on Debian GNU/Linux 12 (bookworm)"), Some(156));
        assert_eq!(major("ChromeDriver 156.0.7012.3 (0a1b2c)\n"), Some(156));
        assert_eq!(major("no version here"), None);
    }
}

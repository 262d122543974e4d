//! Chromium and its driver, for tests in a real browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::run::{self, say};
use crate::tools::Tools;

const ON_DEBIAN: &str = "apt-get install -y chromium chromium-driver";

/// A browser and the driver of the same version.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// The ones on `PATH`; on Debian, as root, installs them if they are missing.
    pub(crate) fn ready(tools: &Tools) -> Result<Self> {
        if Self::on_path().is_none() && root_on_debian() {
            let _lock = tools.lock()?;
            say("Installing Chromium and its driver: tests run in a real browser.");
            run::run(Command::new("apt-get").arg("update"))?;
            let mut words = ON_DEBIAN.split(' ');
            let mut install = Command::new(words.next().unwrap_or_default());
            run::run(install.args(words).env("DEBIAN_FRONTEND", "noninteractive"))?;
        }
        let Some(browser) = Self::on_path() else { anyhow::bail!(missing()) };
        browser.check()?;
        Ok(browser)
    }

    fn on_path() -> Option<Self> {
        Some(Self { chromium: run::find("chromium")?, driver: run::find("chromedriver")? })
    }

    /// A driver of another version than the browser's fails later and without a clear word.
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
    run::capture(Command::new(program).arg("--version"))
}

fn major(version: &str) -> Option<u32> {
    version.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

fn root_on_debian() -> bool {
    let root = || run::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    Path::new("/etc/debian_version").exists() && run::find("apt-get").is_some() && root()
}

fn missing() -> String {
    let command = if cfg!(target_os = "macos") {
        "brew install --cask chromium chromedriver".to_owned()
    } else {
        format!("sudo apt-get update && sudo {ON_DEBIAN}")
    };
    format!(
        "chromium or chromedriver is not on PATH: tests run in a real browser. Run this first:\n  {command}"
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

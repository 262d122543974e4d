//! Firefox and geckodriver, for tests in a real browser.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::command;
use crate::project::Project;
use crate::tools::{Recipe, debian};

const PACKAGES: [&str; 1] = ["firefox-esr"];
const ON_MACOS: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";
/// Version of geckodriver. It supports every Firefox since the last extended support release.
const DRIVER: &str = "0.37.1";

/// Paths of the browser and of its driver.
#[derive(Debug)]
pub(crate) struct Firefox {
    pub(crate) firefox: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Firefox {
    /// Finds the browser; as root on Debian, installs it if it is missing. The driver goes into the tools folder.
    pub(crate) fn ensure_installed(project: &Project) -> Result<Self> {
        if browser().is_none() {
            let _lock = project.tools.lock()?;
            debian::install(&PACKAGES, "Firefox: end-to-end tests use it")?;
        }
        let firefox = browser().with_context(missing)?;
        Ok(Self { firefox, driver: driver(project)? })
    }
}

fn browser() -> Option<PathBuf> {
    let on_macos = || Some(Path::new(ON_MACOS)).filter(|file| file.is_file()).map(Path::to_owned);
    command::find("firefox-esr").or_else(|| command::find("firefox")).or_else(on_macos)
}

fn driver(project: &Project) -> Result<PathBuf> {
    let recipe = Recipe {
        name: "geckodriver",
        version: DRIVER,
        purpose: "it drives Firefox (a few minutes, once)",
        required_files: &["bin/geckodriver"],
        install: &|root| project.tools.cargo_install("geckodriver", DRIVER, root),
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("bin/geckodriver"))
}

fn missing() -> String {
    let command = if cfg!(target_os = "macos") {
        "brew install --cask firefox".to_owned()
    } else {
        debian::command(&PACKAGES)
    };
    format!("firefox is not on PATH: end-to-end tests use it. Run this first:\n  {command}")
}

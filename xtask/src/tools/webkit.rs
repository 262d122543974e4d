//! WebKitGTK's browser and driver, and a virtual display (Xvfb), for tests in a real browser.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::tools::{Tools, debian};

const PACKAGES: [&str; 2] = ["webkit2gtk-driver", "xvfb"];
/// Folders of programs that users don't call directly. Debian has a subfolder for each architecture.
const FOLDERS: [&str; 3] = ["/usr/lib", "/usr/libexec", "/usr/lib64"];
const BROWSER: &str = "webkit2gtk-4.1/MiniBrowser";

/// Paths of the browser and of its driver.
#[derive(Debug)]
pub(crate) struct WebKit {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

impl WebKit {
    /// Finds the browser, its driver and Xvfb; as root on Debian, installs them if they are missing.
    pub(crate) fn ensure_installed(tools: &Tools) -> Result<Self> {
        if cfg!(target_os = "macos") {
            bail!(
                "the tests support WebKit only as WebKitGTK on Linux, not Safari. Use --engine chromium or --engine \
                 firefox"
            );
        }
        if Self::installed().is_none() {
            let _lock = tools.lock()?;
            debian::install(
                &PACKAGES,
                "WebKit, its driver and a virtual display: end-to-end tests use them",
            )?;
        }
        Self::installed().with_context(|| {
            let command = debian::command(&PACKAGES);
            format!("WebKitWebDriver, {BROWSER} or Xvfb is missing: end-to-end tests use WebKit. Run this first:\n  {command}")
        })
    }

    fn installed() -> Option<Self> {
        command::find("Xvfb")?;
        Some(Self { browser: browser()?, driver: command::find("WebKitWebDriver")? })
    }
}

fn browser() -> Option<PathBuf> {
    let below =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let places = FOLDERS.iter().map(Path::new).flat_map(|folder| below(folder).chain([folder.to_owned()]));
    places.map(|place| place.join(BROWSER)).find(|file| file.is_file())
}

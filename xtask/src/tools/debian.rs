//! Debian's packages, which are installed only as root on Debian.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::run::{self, say};

/// Installs `packages` as root on Debian; otherwise does nothing. `what` completes "Installing …".
///
/// The caller must hold [`super::Tools::lock`].
pub(crate) fn install(packages: &[&str], what: &str) -> Result<()> {
    if !root_on_debian() {
        return Ok(());
    }
    say(format!("Installing {what}."));
    run::run(Command::new("apt-get").arg("update"))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y"]).args(packages);
    run::run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Returns the command with which a user installs `packages` on Debian.
pub(crate) fn command(packages: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install -y {}", packages.join(" "))
}

fn root_on_debian() -> bool {
    let root = || run::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    Path::new("/etc/debian_version").exists() && run::find("apt-get").is_some() && root()
}

//! Debian's packages, which are installed only as root on Debian.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::progress::print_progress;

/// Installs `packages` as root on Debian; otherwise does nothing. `what` completes "Installing …".
///
/// The caller must hold [`super::Tools::lock`].
pub(crate) fn install(packages: &[&str], what: &str) -> Result<()> {
    if !root_on_debian() {
        return Ok(());
    }
    print_progress(format!("Installing {what}."));
    command::run(Command::new("apt-get").arg("update"))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y"]).args(packages);
    command::run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Returns the command with which a user installs `packages` on Debian.
pub(crate) fn command(packages: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install -y {}", packages.join(" "))
}

fn root_on_debian() -> bool {
    let root = || command::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    Path::new("/etc/debian_version").exists() && command::find("apt-get").is_some() && root()
}

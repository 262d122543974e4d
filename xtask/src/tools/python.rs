//! Virtual environments of Python with packages at pinned versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::stripe_clients::fingerprint;
use crate::command;
use crate::project::Project;
use crate::tools::{Recipe, debian};

const PACKAGES: [&str; 1] = ["python3-venv"];

/// Returns the Python of a virtual environment with the packages in `requirements.txt` of `folder`.
///
/// Creates it as the tool `name` if it is missing; as root on Debian, also installs `venv`.
pub(crate) fn environment(project: &Project, folder: &Path, name: &str, purpose: &str) -> Result<PathBuf> {
    let requirements = folder.join("requirements.txt");
    let version = fingerprint(&requirements)?;
    let install = |home: &Path| {
        if !can_make_venv() {
            debian::install(&PACKAGES, &format!("Python's virtual environments: {purpose}"))?;
        }
        ensure!(
            can_make_venv(),
            "python3 is missing, or can't make virtual environments. Run this first:\n  {}",
            if cfg!(target_os = "macos") {
                "brew install python".to_owned()
            } else {
                debian::command(&PACKAGES)
            }
        );
        command::run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
        let mut pip = Command::new(home.join("bin/python"));
        pip.args(["-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--no-deps", "-r"]);
        command::run(pip.arg(&requirements))
    };
    let recipe =
        Recipe { name, version: &version, purpose, required_files: &["bin/python"], install: &install };
    Ok(project.tools.ensure_installed(&recipe)?.join("bin/python"))
}

fn can_make_venv() -> bool {
    command::capture(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok()
}

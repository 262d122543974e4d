//! Stripe's client libraries for Node.js, with a TypeScript compiler, and for Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use flate2::Crc;

use crate::command;
use crate::project::{self, Project};
use crate::tools::{self, Recipe, python};

/// Purpose of the libraries, which is printed when they are installed.
pub(super) const WHY: &str = "the sandbox is tested with it";

/// Installs the modules in `package-lock.json` of `folder` if they are missing, and returns their folder.
pub(crate) fn node_modules(project: &Project, folder: &Path) -> Result<PathBuf> {
    let version = fingerprint(&folder.join("package-lock.json"))?;
    let install = |home: &Path| {
        tools::check_node()?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(folder.join(file), home.join(file))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        command::run(npm.arg(home))
    };
    let programs = ["node_modules/stripe/package.json", "node_modules/typescript/bin/tsc"];
    let recipe = Recipe {
        name: "stripe-node",
        version: &version,
        purpose: WHY,
        required_files: &programs,
        install: &install,
    };
    Ok(project.tools.ensure_installed(&recipe)?.join("node_modules"))
}

/// Returns the Python of a virtual environment with the packages in `requirements.txt` of `folder`.
pub(crate) fn python(project: &Project, folder: &Path) -> Result<PathBuf> {
    python::environment(project, folder, "stripe-python", WHY)
}

/// Installs other releases of the library for Python, one for each file in `releases` of `folder`, and returns their
/// folders, for `PYTHONPATH`. `python` has what they need.
pub(crate) fn python_releases(project: &Project, folder: &Path, python: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.join("releases"))? {
        files.push(entry?.path());
    }
    files.sort();
    files.iter().map(|file| python_release(project, file, python)).collect()
}

fn python_release(project: &Project, requirements: &Path, python: &Path) -> Result<PathBuf> {
    let version = fingerprint(requirements)?;
    let install = |home: &Path| {
        let mut pip = Command::new(python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--require-hashes",
            "--only-binary=:all:",
            "--no-deps",
            "--target",
        ]);
        command::run(pip.arg(home).arg("-r").arg(requirements))
    };
    project.tools.ensure_installed(&Recipe {
        name: "stripe-python-release",
        version: &version,
        purpose: WHY,
        required_files: &["stripe/__init__.py"],
        install: &install,
    })
}

/// Returns a checksum of the file, which serves as the version of an install: changed content is installed anew.
pub(crate) fn fingerprint(file: &Path) -> Result<String> {
    let mut sum = Crc::new();
    sum.update(project::read(file)?.as_bytes());
    Ok(format!("{:08x}", sum.sum()))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn another_content_is_another_install() {
        let folder = tempfile::tempdir().unwrap();
        let of = |text: &str| {
            let file = folder.path().join("lock");
            std::fs::write(&file, text).unwrap();
            fingerprint(&file).unwrap()
        };
        assert_eq!(of("stripe==1"), of("stripe==1"));
        assert_ne!(of("stripe==1"), of("stripe==2"));
        assert_eq!(of("").len(), 8);
    }
}

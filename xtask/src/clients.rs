//! Tests of the sandbox with Stripe's own client libraries: `cargo xtask test --only clients`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::front_end::BuildMode;
use crate::project::Project;
use crate::service::{Service, StopSignal};
use crate::suite::Suite;
use crate::tools::{esbuild, stripe_clients};
use crate::{build, command, demo_env};

/// Starts a sandbox and returns it with the test suites that call it.
pub(crate) fn suites(project: &Project, stop: &StopSignal) -> Result<(Vec<Result<Suite>>, Service)> {
    let programs = build::programs(project, BuildMode::Demo)?;
    let (sandbox, host) = demo_env::quiet_sandbox(&programs, stop)?;
    let python_folder = project.root.join("crates/sandbox/clients/python");
    let suites = [node(project, &programs.server), python(project, &python_folder)];
    let mut suites = Vec::from(suites);
    for suite in suites.iter_mut().flatten() {
        suite.env("SANDBOX_URL", format!("http://{host}"));
    }
    Ok((suites.into_iter().map(|suite| suite.map(Suite::command)).collect(), sandbox))
}

/// Folder of the tests with the library for Node.js.
const NODE: &str = "crates/sandbox/clients/node";

/// Installs the packages for Node.js and for pages, and returns the folder of the tests with them.
fn node_folder(project: &Project) -> Result<PathBuf> {
    let folder = project.root.join(NODE);
    link_node_modules(&stripe_clients::node_modules(project, &folder)?, &folder.join("node_modules"))?;
    Ok(folder)
}

/// Bundles the page of the application with Stripe's packages for React, and returns its script. It is a development
/// build, in which React's `StrictMode` mounts everything twice.
pub(crate) fn application_script(project: &Project) -> Result<PathBuf> {
    let page = node_folder(project)?.join("application/main.jsx");
    let script = project.target.join("package/stripe-application.js");
    let mut esbuild = Command::new(esbuild::program(project)?);
    esbuild.arg(page).args(["--bundle", "--jsx=automatic", "--log-level=warning"]);
    esbuild.arg("--define:process.env.NODE_ENV=\"development\"");
    esbuild.arg(format!("--outfile={}", script.display()));
    command::run(&mut esbuild)?;
    Ok(script)
}

fn node(project: &Project, server: &Path) -> Result<Command> {
    let folder = node_folder(project)?;
    let mut test = Command::new("node");
    test.current_dir(folder).args(["--test-reporter=./reporter.js", "all.js"]);
    test.env("RELINK_SERVER", server);
    Ok(test)
}

fn python(project: &Project, folder: &Path) -> Result<Command> {
    let mut test = Command::new(stripe_clients::python(project, folder)?);
    // Keeps `__pycache__` folders out of the clone.
    test.current_dir(folder).arg("all.py").env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(test)
}

/// Links `name` to the installed `modules`, because Node.js resolves modules relative to the importing file.
///
/// Replaces an older link, but keeps a real folder: the user may have run `npm install` there.
pub(crate) fn link_node_modules(modules: &Path, name: &Path) -> Result<()> {
    if name.is_symlink() {
        fs::remove_file(name)?;
    } else if name.is_dir() {
        return Ok(());
    }
    symlink(modules, name).with_context(|| format!("could not create {}", name.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::link_node_modules;

    #[test]
    fn relinks_node_modules_but_keeps_real_folders() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("node_modules");
        for modules in ["/old", "/new"] {
            link_node_modules(Path::new(modules), &name).unwrap();
            assert_eq!(fs::read_link(&name).unwrap(), Path::new(modules));
        }
        fs::remove_file(&name).unwrap();
        fs::create_dir(&name).unwrap();
        link_node_modules(Path::new("/new"), &name).unwrap();
        assert!(!name.is_symlink());
    }
}

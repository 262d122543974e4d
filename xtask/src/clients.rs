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
use crate::tools::stripe_libraries::Go;
use crate::tools::{esbuild, stripe_clients, stripe_libraries};
use crate::{build, command, demo_env};

/// Starts a sandbox and returns it with the test suites that call it. Prints which libraries are left out.
pub(crate) fn suites(project: &Project, stop: &StopSignal) -> Result<(Vec<Result<Suite>>, Service)> {
    let programs = build::programs(project, BuildMode::Demo)?;
    let (sandbox, host) = demo_env::quiet_sandbox(&programs, stop)?;
    let mut suites = vec![node(project, &programs.server)];
    suites.extend(all(python(project)));
    suites.extend([go(project), php(project), ruby(project)].into_iter().filter_map(Result::transpose));
    for suite in suites.iter_mut().flatten() {
        suite.env("SANDBOX_URL", format!("http://{host}")).env("RELINK_SANDBOX", &programs.sandbox);
    }
    Ok((suites.into_iter().map(|suite| suite.map(Suite::command)).collect(), sandbox))
}

/// Returns each command, or the error in place of all.
fn all(commands: Result<Vec<Command>>) -> Vec<Result<Command>> {
    commands.map_or_else(|error| vec![Err(error)], |commands| commands.into_iter().map(Ok).collect())
}

/// Installs the packages for Node.js and for pages, and returns the folder of the tests with them.
fn node_folder(project: &Project) -> Result<PathBuf> {
    let folder = folder(project, "node");
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

/// Tests with the library for Node.js, and the recipes for Node.js and Java, which need no other library.
fn node(project: &Project, server: &Path) -> Result<Command> {
    let folder = node_folder(project)?;
    let mut test = Command::new("node");
    test.current_dir(folder).args(["--test-reporter=./reporter.js", "all.js"]);
    test.env("RELINK_SERVER", server);
    if stripe_libraries::java(project)? {
        test.env("JAVA", "java");
    }
    Ok(test)
}

/// Tests with the newest preview of the library for Python, and with each of the other releases.
fn python(project: &Project) -> Result<Vec<Command>> {
    let folder = folder(project, "python");
    let python = stripe_clients::python(project, &folder)?;
    let test = |script: &str| {
        let mut test = Command::new(&python);
        // Keeps `__pycache__` folders out of the clone.
        test.current_dir(&folder).arg(script).env("PYTHONDONTWRITEBYTECODE", "1");
        test
    };
    let mut tests = vec![test("all.py")];
    for release in stripe_clients::python_releases(project, &folder, &python)? {
        let mut test = test("releases.py");
        test.env("PYTHONPATH", release);
        tests.push(test);
    }
    Ok(tests)
}

fn go(project: &Project) -> Result<Option<Command>> {
    let folder = folder(project, "go");
    Ok(stripe_libraries::go(project, &folder)?.map(|Go { program, modules }| {
        let mut test = Command::new(program);
        test.current_dir(&folder).args(["test", "-count=1", "-v", "./..."]);
        test.env("GOMODCACHE", modules).env("GOCACHE", project.target.join("go")).env("GOPROXY", "off");
        test.env("GOFLAGS", "-mod=readonly").env("GOTOOLCHAIN", "local");
        test
    }))
}

fn php(project: &Project) -> Result<Option<Command>> {
    let folder = folder(project, "php");
    Ok(stripe_libraries::php(project, &folder)?.map(|vendor| {
        let mut test = Command::new("php");
        test.current_dir(&folder).arg("all.php").env("VENDOR", vendor);
        test
    }))
}

fn ruby(project: &Project) -> Result<Option<Command>> {
    Ok(stripe_libraries::ruby(project)?.map(|gems| {
        let mut test = Command::new("ruby");
        test.current_dir(folder(project, "ruby")).arg("all.rb").env("GEM_HOME", gems);
        test
    }))
}

/// Returns the folder of the tests in a language.
fn folder(project: &Project, language: &str) -> PathBuf {
    project.root.join("crates/sandbox/clients").join(language)
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

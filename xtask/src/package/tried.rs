//! The package as a merchant has it: installed from the packed file into an application with Vite and React, and built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::tools::chromium::Browser;
use crate::{build, languages, run};

/// What is not the application's source.
const NOT_SOURCE: [&str; 2] = ["node_modules", "dist"];

/// Builds everything that the tests of the ways into a merchant's page need; gives their commands.
pub(crate) fn suites(project: &Project) -> Result<Vec<Result<Command>>> {
    let application = application(project)?;
    let mut on_a_server = Command::new("node");
    on_a_server.current_dir(&application).arg("--test-reporter");
    on_a_server.arg(project.root.join("crates/sandbox/clients/node/reporter.js")).arg("tests/server.js");
    Ok(vec![Ok(on_a_server), in_a_browser(project, &application.join("dist"))])
}

fn in_a_browser(project: &Project, application: &Path) -> Result<Command> {
    let browser = Browser::ready(&project.tools)?;
    build::front_end(project, true)?;
    let page = languages::page_for_tests(project)?;
    let programs = build::programs(project, true)?;
    let mut test = project.cargo("test", &["--package=relink-e2e", "--test=embed", "--no-fail-fast"]);
    test.env("RELINK_E2E_REACT", application).env("RELINK_E2E_ENGINE", "chromium");
    test.env("RELINK_E2E_SERVER", programs.server);
    test.env("RELINK_E2E_SANDBOX", programs.sandbox);
    test.env("RELINK_E2E_WEB_ROOT", page);
    test.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    Ok(test)
}

/// The example with React, built, and what tests the package in it.
fn application(project: &Project) -> Result<PathBuf> {
    let packed = super::build(project)?;
    let folder = project.target.join("package/react");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy(&project.root.join("examples/react"), &folder)?;
    copy(&project.root.join("packages/web/tests"), &folder.join("tests"))?;
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(arguments);
        npm
    };
    let quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    run::run(npm(&["ci"]).args(quiet))?;
    run::run(npm(&["install", "--no-save"]).args(quiet).arg(packed))?;
    run::run(&mut npm(&["run", "build"]))?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_SOURCE.iter().any(|not| name == *not) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::copy;

    #[test]
    fn an_application_is_copied_without_what_was_installed_and_built() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for file in ["src/a.tsx", "node_modules/x/index.js", "dist/index.html", "package.json"] {
            let file = from.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        copy(from.path(), to.path()).unwrap();
        assert!(to.path().join("src/a.tsx").is_file() && to.path().join("package.json").is_file());
        assert!(!to.path().join("node_modules").exists() && !to.path().join("dist").exists());
    }
}

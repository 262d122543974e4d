//! Smoke test of the npm package: installs the packed file into an application with Vite and React, and builds that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::front_end::BuildMode;
use crate::project::{Project, copy_folder};
use crate::suite::Suite;
use crate::tools::chromium::Chromium;
use crate::{build, command, languages};

/// Folders that are not part of an application's source.
const NOT_SOURCE: [&str; 2] = ["node_modules", "dist"];

/// Builds everything that the tests of the embedding methods need, and returns these tests.
pub(crate) fn suites(project: &Project, mode: BuildMode) -> Result<Vec<Result<Suite>>> {
    let application = application(project)?;
    let mut on_a_server = Command::new("node");
    on_a_server.current_dir(&application).arg("--test-reporter");
    on_a_server.arg(project.root.join("crates/sandbox/clients/node/reporter.js")).arg("tests/server.js");
    let in_a_browser = in_a_browser(project, mode, &application.join("dist"));
    Ok(vec![Ok(Suite::command(on_a_server)), in_a_browser])
}

fn in_a_browser(project: &Project, mode: BuildMode, application: &Path) -> Result<Suite> {
    let browser = Chromium::ensure_installed(&project.tools)?;
    let page = languages::page_for_tests(project, &build::page(project, mode)?)?;
    let programs = build::programs(project, mode)?;
    let mut test = Suite::cargo(project, &["--package=relink-e2e", "--test=embed", "--no-fail-fast"]);
    test.env("RELINK_E2E_REACT", application).env("RELINK_E2E_ENGINE", "chromium");
    test.env("RELINK_E2E_SERVER", programs.server);
    test.env("RELINK_E2E_SANDBOX", programs.sandbox);
    test.env("RELINK_E2E_WEB_ROOT", page);
    test.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    Ok(test)
}

/// Builds the React example with the package, copies the package's tests into it, and returns its folder.
fn application(project: &Project) -> Result<PathBuf> {
    let packed = super::build(project)?;
    let folder = project.target.join("package/react");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy_folder(&project.root.join("examples/react"), &folder, &NOT_SOURCE)?;
    copy_folder(&project.root.join("packages/web/tests"), &folder.join("tests"), &NOT_SOURCE)?;
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(arguments);
        npm
    };
    let quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    command::run(npm(&["ci"]).args(quiet))?;
    command::run(npm(&["install", "--no-save"]).args(quiet).arg(packed))?;
    command::run(&mut npm(&["run", "build"]))?;
    Ok(folder)
}

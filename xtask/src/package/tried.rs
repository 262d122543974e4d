//! Smoke test of the npm package: installs the packed file into an application with Vite and React, and builds that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::front_end::Quality;
use crate::project::{Project, copy_folder};
use crate::test::Suite;
use crate::tools::chromium::Browser;
use crate::{build, languages, run};

/// Folders that are not part of an application's source.
const NOT_SOURCE: [&str; 2] = ["node_modules", "dist"];

/// Builds everything that the tests of the embedding methods need, and returns these tests.
pub(crate) fn suites(project: &Project, quality: Quality) -> Result<Vec<Result<Suite>>> {
    let application = application(project)?;
    let mut on_a_server = Command::new("node");
    on_a_server.current_dir(&application).arg("--test-reporter");
    on_a_server.arg(project.root.join("crates/sandbox/clients/node/reporter.js")).arg("tests/server.js");
    let in_a_browser = in_a_browser(project, quality, &application.join("dist"));
    Ok(vec![Ok(Suite::other(on_a_server)), in_a_browser])
}

fn in_a_browser(project: &Project, quality: Quality, application: &Path) -> Result<Suite> {
    let browser = Browser::ready(&project.tools)?;
    let page = languages::page_for_tests(project, &build::page(project, quality)?)?;
    let programs = build::programs(project, quality)?;
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
    run::run(npm(&["ci"]).args(quiet))?;
    run::run(npm(&["install", "--no-save"]).args(quiet).arg(packed))?;
    run::run(&mut npm(&["run", "build"]))?;
    Ok(folder)
}

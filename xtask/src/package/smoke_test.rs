//! Smoke test of the npm package: installs the packed file into an application with Vite and React and into pages with
//! other frameworks, and builds these.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::front_end::BuildMode;
use crate::project::{Project, copy_folder};
use crate::suite::Suite;
use crate::tools::chromium::Chromium;
use crate::{build, clients, command, languages};

/// Folders that are not part of an application's source.
const NOT_SOURCE: [&str; 7] = ["node_modules", "dist", ".next", "out", ".astro", ".nuxt", ".output"];
/// Applications that render their page when they are built, and hydrate it in the browser. Each has a lock file of its own,
/// because their versions of React, Vue and Vite differ.
const PRERENDERED: [(&str, &str); 3] = [("astro", "out"), ("next", "out"), ("nuxt", ".output/public")];

/// Builds everything that the tests of the embedding methods need, and returns these tests.
pub(crate) fn suites(project: &Project) -> Result<Vec<Result<Suite>>> {
    let packed = super::build(project)?;
    let application = application(project, &packed)?;
    let frameworks = frameworks(project, &packed)?;
    let mut on_a_server = Command::new("node");
    on_a_server.current_dir(&application).arg("--test-reporter");
    on_a_server.arg(project.root.join("crates/sandbox/clients/node/reporter.js")).arg("tests/server.js");
    let in_a_browser = in_a_browser(project, &application.join("dist"), &frameworks.join("dist"));
    Ok(vec![Ok(Suite::command(on_a_server)), in_a_browser])
}

fn in_a_browser(project: &Project, application: &Path, frameworks: &Path) -> Result<Suite> {
    let browser = Chromium::ensure_installed(&project.tools)?;
    let page = languages::page_for_tests(project, &build::page(project, BuildMode::Release)?)?;
    let programs = build::programs(project, BuildMode::Demo)?;
    let mut test = Suite::cargo(project, &["--package=relink-e2e", "--test=embed", "--no-fail-fast"]);
    test.env("RELINK_E2E_REACT", application).env("RELINK_E2E_FRAMEWORKS", frameworks);
    test.env("RELINK_E2E_STRIPE_APPLICATION", clients::application_script(project)?);
    test.env("RELINK_E2E_ENGINE", "chromium");
    test.env("RELINK_E2E_SERVER", programs.server);
    test.env("RELINK_E2E_SANDBOX", programs.sandbox);
    test.env("RELINK_E2E_WEB_ROOT", page);
    test.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    Ok(test)
}

/// Builds the React example with the package, copies the package's tests into it, and returns its folder.
fn application(project: &Project, packed: &Path) -> Result<PathBuf> {
    let folder = copied(project, "examples/react", "package/react")?;
    copy_folder(&project.root.join("packages/web/tests"), &folder.join("tests"), &NOT_SOURCE)?;
    install(&folder, packed)?;
    command::run(Command::new("npm").current_dir(&folder).args(["run", "build"]))?;
    Ok(folder)
}

/// Builds the pages with other frameworks with the package, and returns their folder.
fn frameworks(project: &Project, packed: &Path) -> Result<PathBuf> {
    let folder = copied(project, "packages/web/frameworks", "package/frameworks")?;
    install(&folder, packed)?;
    command::run(Command::new("npm").current_dir(&folder).args(["run", "build"]))?;
    for (name, built) in PRERENDERED {
        let page = prerendered(project, packed, name)?.join(built);
        copy_folder(&page, &folder.join("dist").join(name), &[])?;
    }
    Ok(folder)
}

/// Builds an application with the package, and returns its folder.
fn prerendered(project: &Project, packed: &Path, name: &str) -> Result<PathBuf> {
    let folder = copied(project, &format!("packages/web/{name}"), &format!("package/{name}"))?;
    install(&folder, packed)?;
    let mut build = Command::new("npm");
    build.current_dir(&folder).args(["run", "build"]);
    for tool in ["ASTRO", "NEXT", "NUXT"] {
        build.env(format!("{tool}_TELEMETRY_DISABLED"), "1");
    }
    command::run(&mut build)?;
    Ok(folder)
}

/// Copies a folder of the project into the target folder, in place of an earlier copy.
fn copied(project: &Project, from: &str, to: &str) -> Result<PathBuf> {
    let folder = project.target.join(to);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    copy_folder(&project.root.join(from), &folder, &NOT_SOURCE)?;
    Ok(folder)
}

/// Installs what the lock file names, and the packed package.
fn install(folder: &Path, packed: &Path) -> Result<()> {
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(folder).args(arguments);
        npm.args(["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]);
        npm
    };
    command::run(&mut npm(&["ci"]))?;
    command::run(npm(&["install", "--no-save"]).arg(packed))
}

//! `cargo xtask test --only serve`: runs plain `trunk serve` in a copy of the clone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::asset_names::replace_name;
use crate::demo::wait_for_page;
use crate::project::{self, Project};
use crate::service::{Service, StopSignal};
use crate::suite::Suite;
use crate::tools::chromium::Chromium;
use crate::tools::{rust, trunk, wasm_bindgen};
use crate::{command, probe};

/// Address of the server in `Trunk.toml`.
const SERVER: &str = "127.0.0.1:4280";

/// Starts trunk in the copy, waits for its first build, and returns the tests.
pub(crate) fn suite(project: &Project, stop: &StopSignal) -> Result<(Suite, Service)> {
    rust::wasm_target(project)?;
    let browser = Chromium::ensure_installed(&project.tools)?;
    let clone = copy(project)?;
    let host = format!("127.0.0.1:{}", probe::free_port()?);
    let mut service = Service::start("trunk", serve(project, &clone, &host)?.stdout(std::io::stderr()))?;
    wait_for_page(&mut service, &host, stop)?;
    let mut suite = Suite::cargo(project, &["--package=relink-e2e", "--test=serve"]);
    suite.env("RELINK_E2E_ENGINE", "chromium");
    suite.env("CHROMEDRIVER", browser.driver).env("CHROMIUM", browser.chromium);
    suite.env("RELINK_E2E_TRUNK", format!("http://{host}/")).env("RELINK_E2E_TRUNK_CLONE", clone);
    Ok((suite, service))
}

/// Returns the command that a user with trunk and wasm-bindgen on `PATH` would type.
fn serve(project: &Project, clone: &Path, host: &str) -> Result<Command> {
    let (_, port) = host.rsplit_once(':').context("an address has a port")?;
    let mut serve = Command::new(trunk::program(project)?);
    serve.current_dir(clone).args(["serve", "--port", port]);
    serve.env("PATH", command::prepend_path(vec![wasm_bindgen::folder(project)?])?);
    // The shared target folder avoids compiling all packages again. trunk fails on the usual `NO_COLOR=1`.
    serve.env("CARGO_TARGET_DIR", &project.target).env_remove("NO_COLOR");
    Ok(serve)
}

/// Copies the current files of the clone into a folder of their own.
fn copy(project: &Project) -> Result<PathBuf> {
    let clone = project.target.join("trunk-clone");
    if clone.exists() {
        fs::remove_dir_all(&clone)?;
    }
    for name in project.files()? {
        let to = clone.join(&name);
        fs::create_dir_all(to.parent().context("a file has a folder")?)?;
        fs::copy(project.root.join(&name), to)?;
    }
    // Proxies to a port without a server, so that no other program on this machine affects the test.
    let settings = clone.join("Trunk.toml");
    let unused_address = format!("127.0.0.1:{}", probe::free_port()?);
    fs::write(&settings, replace_name(&project::read(&settings)?, SERVER, &unused_address)?)?;
    Ok(clone)
}

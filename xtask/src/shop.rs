//! Shop of the demo: a merchant's page on another origin than relink-server, with its own back end.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::run;
use crate::service::{Service, Stop};
use crate::stand::{Ground, Scene, clean};

/// Origin of the React example's development server, which may call the demo's server, too.
pub(crate) const WORKSHOP: &str = "http://127.0.0.1:5173";

/// Starts the shop at its address in the demo environment, and returns that. `hosts` are the server's and the
/// sandbox's.
pub(crate) fn start(
    project: &Project,
    ground: &Ground,
    hosts: (&str, &str),
    scene: Scene,
    stop: &Stop,
) -> Result<(Service, String)> {
    let examples = project.root.join("examples");
    let mut command = command(&examples.join("backend/server.js"), &examples.join("merchant"))?;
    let (server, sandbox) = hosts;
    command.env("SHOP_LISTEN", ground.shop()).env("RELINK_URL", format!("http://{server}"));
    command.env("SHOP_SANDBOX", format!("http://{sandbox}")).env("SHOP_CUSTOMER", scene.customer());
    command.env("RELINK_TOKEN_KEY", ground.token_key());
    Service::listening("the shop", &mut command, stop)
}

/// Finds Node.js, which runs the shop's back end.
pub(crate) fn node() -> Result<PathBuf> {
    run::find("node").context("node is missing. Install Node.js 20 or newer: the shop's back end needs it")
}

fn command(program: &Path, pages: &Path) -> Result<Command> {
    let mut command = clean(&node()?);
    command.arg(program).arg(pages);
    Ok(command)
}

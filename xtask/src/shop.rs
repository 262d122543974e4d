//! Shop of the demo: a merchant's page on another origin than relink-server, with its own back end.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command;
use crate::demo_env::{DemoEnv, Scenario, without_user_settings};
use crate::project::Project;
use crate::service::{Service, StopSignal};

/// Starts the shop at its address in the demo environment, and returns that. `hosts` are the server's and the
/// sandbox's.
pub(crate) fn start(
    project: &Project,
    env: &DemoEnv,
    hosts: (&str, &str),
    scenario: Scenario,
    stop: &StopSignal,
) -> Result<(Service, String)> {
    let examples = project.root.join("examples");
    let mut command = command(&examples.join("backend/server.js"), &examples.join("merchant"))?;
    let (server, sandbox) = hosts;
    command.env("SHOP_LISTEN", env.shop()).env("RELINK_URL", format!("http://{server}"));
    command.env("SHOP_SANDBOX", format!("http://{sandbox}")).env("SHOP_CUSTOMER", scenario.customer());
    command.env("RELINK_TOKEN_KEY", env.token_key()).env("RELINK_API_KEY", env.api_key());
    Service::listening("the shop", &mut command, stop)
}

/// Finds Node.js, which runs the shop's back end.
pub(crate) fn node() -> Result<PathBuf> {
    command::find("node")
        .context("node is missing. Install Node.js 20 or newer: the shop's back end needs it")
}

fn command(program: &Path, pages: &Path) -> Result<Command> {
    let mut command = without_user_settings(&node()?);
    command.arg(program).arg(pages);
    Ok(command)
}

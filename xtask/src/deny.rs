//! Checks the packages that we use by the rules of `deny.toml`: known faults, licences, origins and duplicates.

use std::process::Command;

use anyhow::Result;

use crate::project::Project;
use crate::run::{self, say};
use crate::tools::cargo_deny;

/// The checks that need no network.
const OFFLINE: [&str; 3] = ["licenses", "sources", "bans"];

/// Checks the packages. Known faults come from a database on another host; where that host can't be reached, everything
/// else is checked all the same.
pub(crate) fn check(project: &Project) -> Result<()> {
    let program = cargo_deny::program(project)?;
    let deny = |arguments: &[&str]| {
        let mut deny = project.command(&program);
        // Git must neither ask for a password nor wait for a host that is silent.
        deny.env("GIT_TERMINAL_PROMPT", "0");
        deny.env("GIT_HTTP_LOW_SPEED_LIMIT", "1000").env("GIT_HTTP_LOW_SPEED_TIME", "20");
        deny.arg("--workspace").args(arguments);
        deny
    };
    let mut check = if has_database(&mut deny(&["fetch", "db"]))? {
        deny(&["check", "--disable-fetch"])
    } else {
        say(
            "The database of known faults (https://github.com/RustSec/advisory-db) can't be had, so packages are not checked \
             for known faults: run `cargo xtask lint` again with a network. Licences, sources and bans are checked.",
        );
        let mut check = deny(&["check"]);
        check.args(OFFLINE);
        check
    };
    run::run(&mut check)
}

/// Fetches the newest version of the database. Gives whether it is here.
fn has_database(fetch: &mut Command) -> Result<bool> {
    Ok(fetch.output()?.status.success())
}

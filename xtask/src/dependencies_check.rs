//! Checks dependencies by the rules of `deny.toml`: vulnerabilities, licences, sources and duplicates.

use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::progress::print_progress;
use crate::project::Project;
use crate::tools::cargo_deny;

/// Checks of cargo-deny that need no network.
const OFFLINE: [&str; 3] = ["licenses", "sources", "bans"];

/// Runs cargo-deny.
///
/// The advisory database is on another host. If it can't be fetched, all other checks still run.
pub(crate) fn check(project: &Project) -> Result<()> {
    let program = cargo_deny::program(project)?;
    let deny = |arguments: &[&str]| {
        let mut deny = project.command(&program);
        // Git must neither prompt for a password nor wait for a host that does not answer.
        deny.env("GIT_TERMINAL_PROMPT", "0");
        deny.env("GIT_HTTP_LOW_SPEED_LIMIT", "1000").env("GIT_HTTP_LOW_SPEED_TIME", "20");
        deny.arg("--workspace").args(arguments);
        deny
    };
    let mut check = if has_database(&mut deny(&["fetch", "db"]))? {
        deny(&["check", "--disable-fetch"])
    } else {
        print_progress(
            "Could not fetch the advisory database (https://github.com/RustSec/advisory-db), so dependencies are not checked \
             for vulnerabilities. Licences, sources and bans are checked. Run `cargo xtask lint` again with a network.",
        );
        let mut check = deny(&["check"]);
        check.args(OFFLINE);
        check
    };
    command::run(&mut check)
}

/// Fetches the advisory database. Returns true if that succeeded.
fn has_database(fetch: &mut Command) -> Result<bool> {
    Ok(fetch.output()?.status.success())
}

//! Checks spelling by the rules of `typos.toml`.

use anyhow::Result;

use crate::command;
use crate::progress::print_progress;
use crate::project::Project;
use crate::tools::typos;

/// Runs `typos`. If it can't be installed, says so and checks nothing.
pub(super) fn check(project: &Project) -> Result<()> {
    match typos::program(project) {
        Ok(program) => command::run(&mut project.command(program)),
        Err(error) => {
            print_progress(format!("typos is not installed, so spelling is not checked: {error:#}"));
            Ok(())
        }
    }
}

//! Runs a command that runs tests, passes on its output, and counts the results.

pub(crate) mod timings;

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use self::timings::Timings;
use crate::command;
use crate::progress::print_progress;
use crate::project::Project;
use crate::test_summary::TestSummary;

/// Command that runs tests. `cargo test` can be compiled first.
#[derive(Debug)]
pub(crate) struct Suite {
    test: Command,
    /// Compiles the tests without running them.
    build: Option<Command>,
}

impl Suite {
    /// Creates a suite that runs `cargo test` with these arguments.
    pub(crate) fn cargo(project: &Project, arguments: &[&str]) -> Self {
        let build = project.cargo("test", &[&["--no-run", "--quiet"], arguments].concat());
        Self { test: project.cargo("test", arguments), build: Some(build) }
    }

    /// Creates a suite that runs another command, which reports its results like cargo's tests.
    pub(crate) fn command(test: Command) -> Self {
        Self { test, build: None }
    }

    /// Sets an environment variable for the tests, and for their build, so that cargo does not rebuild.
    pub(crate) fn env(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        for command in self.commands() {
            command.env(name, &value);
        }
        self
    }

    /// Adds arguments for the test programs.
    pub(crate) fn test_args(&mut self, arguments: &[&str]) -> &mut Self {
        self.test.arg("--").args(arguments);
        self
    }

    /// Returns the commands for running and for building the tests.
    pub(crate) fn commands(&mut self) -> impl Iterator<Item = &mut Command> {
        [&mut self.test].into_iter().chain(&mut self.build)
    }

    /// Runs the tests and prints their output. Returns the numbers of passed and failed tests.
    pub(crate) fn count(mut self, timings: &mut Timings) -> Result<(u64, u64)> {
        if let Some(build) = &mut self.build {
            timings.building(|| command::run_unannounced(build))?;
            timings.report_test_durations(&mut self.test);
        }
        let text = command::display(&self.test);
        print_progress(format!("$ {text}"));
        let (summary, succeeded) = timings.running(|timings| run_and_count(&mut self.test, timings))?;
        let (passed, failed) = summary.counts(succeeded);
        if summary.ignored > 0 {
            print_progress(format!("{} ignored tests count as failed: `{text}`", summary.ignored));
        } else if failed > summary.failed {
            print_progress(format!(
                "Counted as one failure: `{text}` {}",
                if succeeded { "ran no test" } else { "failed" }
            ));
        }
        Ok((passed, failed))
    }
}

/// Runs the command and passes on its output. Returns the results, and true if the command succeeded.
fn run_and_count(test: &mut Command, timings: &mut Timings) -> Result<(TestSummary, bool)> {
    let shown = command::display(test);
    let mut child =
        test.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{shown}`"))?;
    let mut summary = TestSummary::default();
    let stdout = child.stdout.take().context("stdout is not piped")?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        summary.read(&line);
        timings.read(&line);
    }
    Ok((summary, child.wait()?.success()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Suite;
    use super::timings::Timings;

    fn shell(script: &str) -> (u64, u64) {
        let mut test = Command::new("sh");
        test.args(["-c", script]);
        Suite::command(test).count(&mut Timings::new(false)).unwrap()
    }

    #[test]
    fn results_are_counted_while_they_stream_past() {
        assert_eq!(shell("echo 'test result: ok. 2 passed; 0 failed; 0 ignored'"), (2, 0));
    }

    #[test]
    fn a_command_that_fails_without_a_result_is_one_failure() {
        assert_eq!(shell("exit 101"), (0, 1));
    }

    #[test]
    fn a_command_that_can_not_be_started_is_an_error() {
        let suite = Suite::command(Command::new("/no/such/program"));
        assert!(suite.count(&mut Timings::new(false)).is_err());
    }
}

//! Child processes: our programs and the browsers' drivers, each with its own settings and log.

use std::env::var_os;
use std::fs::remove_dir_all;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use relink_test_kit::Process;
use tempfile::TempDir;

use crate::poll::POLL;

/// Running program. It ends when it is dropped.
#[derive(Debug)]
pub struct Program {
    process: Process,
    /// Standard input of the lifeline script, if the program is tied to the test process.
    lifeline: Option<ChildStdin>,
    /// Holds the program's output and temporary files.
    folder: TempDir,
}

/// Runs a program until its standard input is closed. A program in the pool is never dropped, but the end of the test
/// process, even if killed, closes the input. The last number read is a process that is killed, too, because it would
/// outlive the program.
const LIFELINE_SCRIPT: &str = r#"
    "$@" &
    program=$!
    while read -r line; do other=$line; done
    kill -KILL $other $program 2>&-
    wait $program 2>&-
    for try in 1 2 3 4 5 6 7 8 9; do
        rm -rf "$TMPDIR" 2>&- && break
        sleep 0.2
    done
"#;

/// Returns the path or URL in a variable that `cargo xtask test` sets.
pub(crate) fn env_path(variable: &str) -> Result<PathBuf> {
    let value = var_os(variable).with_context(|| {
        format!("{variable} is not set: run cargo xtask test, which builds what these journeys need")
    })?;
    Ok(value.into())
}

impl Program {
    /// Starts a program and waits until `find` finds its address in the output so far.
    pub(crate) async fn start(
        name: &'static str,
        mut command: Command,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, String)> {
        let folder = tempfile::tempdir()?;
        command.env("TMPDIR", folder.path());
        let process = Process::start(name, command, &log_in(&folder))?;
        Self { process, lifeline: None, folder }.with_address(find).await
    }

    /// Like [`Program::start`], for a program that may stay in the pool and ends with the test process.
    pub(crate) async fn start_tied_to_tests(
        name: &'static str,
        program: &Command,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, String)> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new("sh");
        command.args(["-c", LIFELINE_SCRIPT, name]).arg(program.get_program()).args(program.get_args());
        for (variable, value) in program.get_envs() {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        command.env("TMPDIR", folder.path());
        let (process, stdin) = Process::start_with_input(name, command, &log_in(&folder))?;
        Self { process, lifeline: Some(stdin), folder }.with_address(find).await
    }

    async fn with_address(mut self, find: impl Fn(&str) -> Option<String>) -> Result<(Self, String)> {
        let address = self.process.wait_for_output(POLL, find).await?;
        Ok((self, address))
    }

    /// Returns the log so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Folder for temporary files, which is deleted with the program.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills that process, too, when this program ends.
    pub(crate) fn kill_with(&mut self, process: u32) -> Result<()> {
        let name = self.process.name();
        let stdin = self.lifeline.as_mut().with_context(|| format!("{name} is not tied to the tests"))?;
        Ok(writeln!(stdin, "{process}")?)
    }

    /// Suspends the program, which then answers nothing, like an extremely slow program.
    pub fn pause(&self) -> Result<()> {
        self.process.signal(Signal::SIGSTOP)
    }

    /// Resumes the program.
    pub fn resume(&self) -> Result<()> {
        self.process.signal(Signal::SIGCONT)
    }
}

fn log_in(folder: &TempDir) -> PathBuf {
    folder.path().join("log")
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.lifeline.take().is_none() {
            self.process.end();
        } else {
            // The lifeline script ends by itself, now that its input is closed.
            let _ = self.process.wait();
        }
        // Helper processes of a killed browser still write to its profile for a short time.
        for _ in 0..100 {
            if remove_dir_all(self.folder.path()).is_ok() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
    }
}

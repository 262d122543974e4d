//! Child processes: our programs and the browsers' drivers, each with its own settings and log.

use std::env::{var_os, vars_os};
use std::fs::{File, read_to_string, remove_dir_all};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::wait::until;

/// Running program. It ends when it is dropped.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    child: Child,
    leash: Option<ChildStdin>,
    /// Holds the program's output and temporary files.
    folder: TempDir,
}

/// Runs a program until its standard input is closed. A program in the pool is never dropped, but the end of the test
/// process, even if killed, closes the input. The last number read is a process that is killed, too, because it would
/// outlive the program.
const ON_A_LEASH: &str = r#"
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
pub(crate) fn given(variable: &str) -> Result<PathBuf> {
    let value = var_os(variable).with_context(|| {
        format!("{variable} is not set: run cargo xtask test, which builds what these journeys need")
    })?;
    Ok(value.into())
}

/// Creates a command without the caller's own settings, so that no test can reach a real Stripe account.
pub(crate) fn clean(path: &Path) -> Command {
    let mut command = Command::new(path);
    let ours = |name: &str| {
        name == "DATABASE_URL"
            || ["RELINK_", "SANDBOX_", "STRIPE_"].iter().any(|prefix| name.starts_with(prefix))
    };
    for (name, _) in vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

impl Program {
    /// Starts a program and waits until `find` finds its address in the output so far.
    pub(crate) async fn start(
        name: &'static str,
        mut command: Command,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, String)> {
        command.stdin(Stdio::null());
        Self::begin(name, command, find).await
    }

    /// Like [`Program::start`], for a program that may stay in the pool and ends with the test process.
    pub(crate) async fn start_on_a_leash(
        name: &'static str,
        program: &Command,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, String)> {
        let mut command = Command::new("sh");
        command.args(["-c", ON_A_LEASH, name]).arg(program.get_program()).args(program.get_args());
        for (variable, value) in program.get_envs() {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        command.stdin(Stdio::piped());
        Self::begin(name, command, find).await
    }

    async fn begin(
        name: &'static str,
        mut command: Command,
        find: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, String)> {
        let folder = tempfile::tempdir()?;
        command.env("TMPDIR", folder.path());
        command.stdout(File::create(folder.path().join("stdout"))?);
        command.stderr(File::create(folder.path().join("stderr"))?);
        let mut child = command.spawn().with_context(|| format!("{name} can't be started"))?;
        let leash = child.stdin.take();
        let mut program = Self { name, child, leash, folder };
        let found = until(async || {
            if let Some(status) = program.child.try_wait()? {
                return Ok(Err(format!("{name} ended with {status}: {}", program.log())));
            }
            let said = program.read("stdout");
            find(&said).map(Ok).with_context(|| format!("{name} does not listen; it said {said:?}"))
        })
        .await?;
        Ok((program, found.map_err(anyhow::Error::msg)?))
    }

    /// Returns the log so far.
    pub fn log(&self) -> String {
        self.read("stderr")
    }

    fn read(&self, stream: &str) -> String {
        read_to_string(self.folder.path().join(stream)).unwrap_or_default()
    }

    /// Folder for temporary files, which is deleted with the program.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills that process, too, when this program ends.
    pub(crate) fn takes_along(&mut self, process: u32) -> Result<()> {
        let leash = self.leash.as_mut().with_context(|| format!("{} is on no leash", self.name))?;
        Ok(writeln!(leash, "{process}")?)
    }

    /// Suspends the program, which then answers nothing, like an extremely slow program.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Resumes the program.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        send(self.child.id(), signal).with_context(|| format!("{} can't be sent {signal}", self.name))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Neither call matters if the program has already ended. One on a leash ends when its input is closed.
        if self.leash.take().is_none() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        // Helper processes of a killed browser still write to its profile for a short time.
        for _ in 0..100 {
            if remove_dir_all(self.folder.path()).is_ok() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
    }
}

/// Sends a signal to one process that we started.
pub(crate) fn send(process: u32, signal: Signal) -> Result<()> {
    let process = i32::try_from(process)?;
    // 0 and below would be a group of processes.
    ensure!(process > 1, "{process} is no process of ours");
    Ok(kill(Pid::from_raw(process), signal)?)
}

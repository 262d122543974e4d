//! Child process: one of our programs, or a server for comparison. It is started, measured, and ended by a signal.

use std::fs::{File, read_to_string};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::wait::until;

/// Timeout of a start. No program takes that long, even on a busy machine.
const LONGEST_START: Duration = Duration::from_mins(1);
/// Clock ticks per second in `/proc`, the same on all platforms of Rust.
const TICKS_A_SECOND: f64 = 100.0;

/// Running program. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Program {
    /// Starts a program. Its output goes into the files `log` with the extensions `out` and `err`.
    pub(crate) fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        let (stdout, stderr) = (log.with_extension("out"), log.with_extension("err"));
        command.stdin(Stdio::null()).stdout(File::create(&stdout)?);
        // Append to the log of earlier starts, because the last lines of a killed server may be the ones that matter.
        command.stderr(File::options().create(true).append(true).open(&stderr)?);
        let child = command.kill_on_drop(true).spawn().with_context(|| format!("{name} can't be started"))?;
        Ok(Self { name, child, stdout, stderr })
    }

    /// Waits for the line `listening on http://127.0.0.1:4280`, and returns the host and port in it.
    pub(crate) async fn address(&mut self) -> Result<String> {
        let found = until(LONGEST_START, async || {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Err(self.ended(status)));
            }
            let said = read_to_string(&self.stdout)?;
            let line = said.lines().find_map(|line| line.strip_prefix("listening on http://"));
            Ok(Ok(line.with_context(|| format!("{} does not listen", self.name))?.to_owned()))
        });
        found.await?
    }

    /// Fails if the program has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.ended(status)),
        }
    }

    fn ended(&self, status: std::process::ExitStatus) -> anyhow::Error {
        let log = read_to_string(&self.stderr).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(20).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        anyhow::anyhow!("{} ended by itself ({status}): {}", self.name, last.join("\n"))
    }

    /// Kills the program with SIGKILL, which it can't handle, as in a power cut.
    pub(crate) async fn kill(mut self) -> Result<()> {
        self.check()?;
        self.child.kill().await.with_context(|| format!("{} can't be killed", self.name))
    }

    /// Sends SIGTERM and waits for a successful exit.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let process = i32::try_from(self.child.id().context("it has ended")?)?;
        kill(Pid::from_raw(process), Signal::SIGTERM)?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "{} was told to stop and ended with {status}", self.name);
        Ok(())
    }

    /// Returns the peak memory in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        self.memory_line("VmHWM:")
    }

    /// Returns the current memory in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        self.memory_line("VmRSS:")
    }

    fn memory_line(&self, name: &str) -> Result<u64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let line = line.with_context(|| format!("no {name} in /proc"))?;
        let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes * 1024)
    }

    /// Returns the number of open files and sockets.
    pub(crate) fn open_files(&self) -> Result<u64> {
        let process = self.child.id().context("it has ended")?;
        Ok(std::fs::read_dir(format!("/proc/{process}/fd"))?.count() as u64)
    }

    /// Returns the processor time used so far in seconds, in user mode and in the kernel.
    pub(crate) fn processor(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // The process name, in brackets, may contain spaces.
        let (_, fields) = stat.rsplit_once(") ").context("no name in stat")?;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
        let ticks: u32 = ticks.sum::<Result<u32, _>>()?;
        Ok(f64::from(ticks) / TICKS_A_SECOND)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let process = self.child.id().context("it has ended")?;
        read_to_string(format!("/proc/{process}/{file}"))
            .with_context(|| format!("{} can't be weighed: that needs Linux", self.name))
    }
}

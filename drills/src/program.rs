//! Child process: one of our programs, or a server for comparison. It is started, measured, and ended by a signal.

use std::fs::{read_dir, read_to_string};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use relink_test_kit::{Poll, Process, listening_url};

/// Timeout of a start. No program takes that long, even on a busy machine.
const START: Poll = Poll { interval: Duration::from_millis(20), timeout: Duration::from_mins(1) };
/// Clock ticks per second in `/proc`, the same on all platforms of Rust.
const TICKS_A_SECOND: f64 = 100.0;

/// Running program. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Program(Process);

impl Program {
    /// Starts a program. Its output goes into the files `log` with the extensions `out` and `err`.
    pub(crate) fn start(name: &'static str, command: Command, log: &Path) -> Result<Self> {
        Process::start(name, command, log).map(Self)
    }

    /// Waits for the line `listening on http://127.0.0.1:4280`, and returns the host and port in it.
    pub(crate) async fn address(&mut self) -> Result<String> {
        let url = self.0.wait_for_output(START, listening_url).await?;
        Ok(url.trim_start_matches("http://").to_owned())
    }

    /// Fails if the program has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.0.check()
    }

    /// Kills the program with SIGKILL, which it can't handle, as in a power cut.
    pub(crate) fn kill(self) -> Result<()> {
        self.0.kill()
    }

    /// Sends SIGTERM and waits for a successful exit.
    pub(crate) async fn stop(self) -> Result<()> {
        self.0.stop().await
    }

    /// Returns the peak memory in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        self.memory_line("status", "VmHWM:")
    }

    /// Returns the current memory in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        self.memory_line("status", "VmRSS:")
    }

    /// Returns the current memory in bytes, with its share of the pages that other processes use, too, such as those of
    /// the program itself.
    pub(crate) fn proportional_memory(&self) -> Result<u64> {
        self.memory_line("smaps_rollup", "Pss:")
    }

    fn memory_line(&self, file: &str, name: &str) -> Result<u64> {
        let lines = self.proc(file)?;
        let line = lines.lines().find_map(|line| line.strip_prefix(name));
        let line = line.with_context(|| format!("no {name} in /proc"))?;
        let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kibibytes * 1024)
    }

    /// Returns the number of open files and sockets.
    pub(crate) fn open_files(&self) -> Result<u64> {
        Ok(read_dir(format!("/proc/{}/fd", self.0.id()))?.count() as u64)
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
        read_to_string(format!("/proc/{}/{file}", self.0.id()))
            .with_context(|| format!("{} can't be measured: needs Linux", self.0.name()))
    }
}

//! Child processes, each with its output in files.

use std::fs::{File, read_to_string};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::poll::Poll;

/// Timeout of an orderly stop, longer than any program takes.
const STOP: Poll = Poll { interval: Duration::from_millis(5), timeout: Duration::from_mins(2) };
/// Number of lines of the log in an error.
const LOG_LINES: usize = 20;

/// Running program. It is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts a program without input. Its output goes into the files `log` with the extensions `out` and `err`.
    pub fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        command.stdin(Stdio::null());
        Self::spawn(name, command, log)
    }

    /// Like [`Process::start`], for a program that reads its standard input, which is returned.
    pub fn start_with_input(
        name: &'static str,
        mut command: Command,
        log: &Path,
    ) -> Result<(Self, ChildStdin)> {
        command.stdin(Stdio::piped());
        let mut process = Self::spawn(name, command, log)?;
        let input = process.child.stdin.take().context("no standard input")?;
        Ok((process, input))
    }

    fn spawn(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        let (stdout, stderr) = (log.with_extension("out"), log.with_extension("err"));
        command.stdout(File::create(&stdout)?);
        // Append to the log of earlier starts, because the last lines of a killed server may be the ones that matter.
        command.stderr(File::options().create(true).append(true).open(&stderr)?);
        let child = command.spawn().with_context(|| format!("{name} can't be started"))?;
        Ok(Self { name, child, stdout, stderr })
    }

    /// Waits until `find` finds something in the output so far, such as an address. Fails at once if the program has
    /// ended.
    pub async fn wait_for_output<T>(&mut self, poll: Poll, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let found = poll.until(async || {
            if let Err(ended) = self.check() {
                return Ok(Err(ended));
            }
            let output = read_to_string(&self.stdout)?;
            let found = find(&output);
            found.map(Ok).with_context(|| format!("{} is not ready; its output is {output:?}", self.name))
        });
        found.await?
    }

    /// Fails if the program has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.ended(status)),
        }
    }

    fn ended(&self, status: ExitStatus) -> anyhow::Error {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default();
        anyhow!("{} ended by itself ({status}): {}", self.name, last.join("\n"))
    }

    /// Returns the log so far, which is the program's standard error.
    pub fn log(&self) -> String {
        read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Returns the name for messages.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the identifier of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        send_signal(self.id(), signal).with_context(|| format!("{} can't be sent {signal}", self.name))
    }

    /// Waits for a program that is about to end by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Ends the program at once, whether it still runs or not.
    pub fn end(&mut self) {
        // Neither call matters if the program has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kills the program with SIGKILL, which it can't handle, as in a power cut. Fails if it has already ended.
    pub fn kill(mut self) -> Result<()> {
        self.check()?;
        self.child.kill().with_context(|| format!("{} can't be killed", self.name))?;
        self.wait()?;
        Ok(())
    }

    /// Sends SIGTERM and waits for a successful exit.
    pub async fn stop(mut self) -> Result<()> {
        self.check()?;
        self.signal(Signal::SIGTERM)?;
        let ended = STOP.until(async || self.child.try_wait()?.context("the program is still running"));
        let status = ended.await.with_context(|| format!("{} was told to stop", self.name))?;
        ensure!(status.success(), "{} was told to stop and ended with {status}", self.name);
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends a signal to one process that the caller has started.
pub fn send_signal(process: u32, signal: Signal) -> Result<()> {
    let process = i32::try_from(process)?;
    // 0 and below would be a group of processes, and 1 is the system's own.
    ensure!(process > 1, "{process} is not a child process");
    Ok(kill(Pid::from_raw(process), signal)?)
}

/// Parses the URL from the line `listening on http://127.0.0.1:4280`, which each of our programs prints.
pub fn listening_url(output: &str) -> Option<String> {
    let mut lines = output.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::{Process, listening_url};
    use crate::poll::Poll;

    const POLL: Poll = Poll { interval: Duration::from_millis(5), timeout: Duration::from_secs(30) };

    fn shell(script: &str, folder: &Path) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start("sh", command, &folder.join("log")).unwrap()
    }

    #[test]
    fn an_address_counts_once_its_line_is_complete() {
        assert_eq!(listening_url("listening on http://127.0.0.1:42"), None);
        let output = "starting\nlistening on http://127.0.0.1:4280\nready";
        assert_eq!(listening_url(output).as_deref(), Some("http://127.0.0.1:4280"));
    }

    #[tokio::test]
    async fn a_program_that_ends_before_it_listens_is_an_error_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = shell("echo no database >&2; exit 3", folder.path());
        let error = process.wait_for_output(POLL, listening_url).await.unwrap_err().to_string();
        assert!(error.contains("no database") && error.contains('3'), "{error}");
    }

    #[tokio::test]
    async fn a_stop_succeeds_only_if_the_program_ends_well() {
        let folder = tempfile::tempdir().unwrap();
        for (handler, succeeds) in [("exit 0", true), ("exit 4", false)] {
            let script = format!("trap '{handler}' TERM; echo ready; while :; do sleep 0.01; done");
            let mut process = shell(&script, folder.path());
            process.wait_for_output(POLL, |output| output.contains("ready").then_some(())).await.unwrap();
            assert_eq!(process.stop().await.is_ok(), succeeds, "{handler}");
        }
    }

    #[tokio::test]
    async fn killing_a_program_that_has_ended_by_itself_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        shell("while :; do sleep 0.01; done", folder.path()).kill().unwrap();
        let mut ended = shell("exit 0", folder.path());
        ended.wait().unwrap();
        assert!(ended.kill().is_err());
    }

    #[test]
    fn the_log_of_an_earlier_start_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for line in ["first", "second"] {
            shell(&format!("echo {line} >&2"), folder.path()).wait().unwrap();
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("log.err")).unwrap(), "first\nsecond\n");
    }
}

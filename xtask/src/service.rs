//! Programs that run until they are stopped.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::progress::print_progress;

/// Interval at which programs are checked.
pub(crate) const TICK: Duration = Duration::from_millis(50);
/// Thirty seconds to start, ten to stop.
const TICKS_TO_START: u32 = 600;
const TICKS_TO_STOP: u32 = 200;
/// Prefix of the line with which each of Relink's programs prints its address.
const LISTENING: &str = "listening on http://";

/// Flag that is set by Ctrl-C, SIGTERM or SIGHUP.
#[derive(Clone, Debug)]
pub(crate) struct StopSignal(Arc<AtomicBool>);

impl StopSignal {
    /// Installs the signal handler. From then on these signals don't end this program, so the caller must check the
    /// flag.
    pub(crate) fn on_signal() -> Result<Self> {
        let stop = Self(Arc::default());
        let heard = Arc::clone(&stop.0);
        ctrlc::set_handler(move || heard.store(true, Ordering::SeqCst))?;
        Ok(stop)
    }

    pub(crate) fn requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Running program. Dropping it stops the program: with SIGTERM, and with SIGKILL if it still runs after ten seconds.
#[derive(Debug)]
pub(crate) struct Service {
    name: &'static str,
    child: Child,
    ended: bool,
}

impl Service {
    /// Starts a program in its own process group.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        // Ctrl-C then reaches only xtask, which stops everything in order, and a signal to the group also reaches the
        // program's own children.
        command.stdin(Stdio::null()).process_group(0);
        let child = command.spawn().with_context(|| format!("could not start {name}"))?;
        Ok(Self { name, child, ended: false })
    }

    /// Starts one of Relink's programs and waits until it prints its address, such as `127.0.0.1:4280`.
    pub(crate) fn listening(
        name: &'static str,
        command: &mut Command,
        stop: &StopSignal,
    ) -> Result<(Self, String)> {
        let mut service = Self::start(name, command.stdout(Stdio::piped()))?;
        let lines = service.lines()?;
        for _ in 0..TICKS_TO_START {
            service.check(stop)?;
            match lines.recv_timeout(TICK) {
                Ok(line) => match line.strip_prefix(LISTENING) {
                    Some(host) => return Ok((service, host.trim_end_matches('/').to_owned())),
                    None => print_progress(line),
                },
                Err(RecvTimeoutError::Timeout) => {}
                // The program has closed its stdout, so it is about to end, which `check` reports.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
            }
        }
        bail!("{name} printed no address within 30 seconds")
    }

    /// Fails if the program has ended by itself or a stop was requested.
    pub(crate) fn check(&mut self, stop: &StopSignal) -> Result<()> {
        if stop.requested() {
            bail!("stopped");
        }
        match self.exited()? {
            None => Ok(()),
            Some(status) => bail!("{} exited unexpectedly ({status}); see its output above", self.name),
        }
    }

    /// Waits until the program ends. Fails if its exit status is not 0 or a stop was requested.
    pub(crate) fn wait(mut self, stop: &StopSignal) -> Result<()> {
        loop {
            match self.exited()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("{} failed ({status})", self.name),
                None if stop.requested() => bail!("stopped"),
                None => std::thread::sleep(TICK),
            }
        }
    }

    /// Takes the program's stdout and stderr. Fails unless both are piped.
    pub(crate) fn output(&mut self) -> Result<(ChildStdout, ChildStderr)> {
        let stdout = self.child.stdout.take().context("stdout is not piped")?;
        Ok((stdout, self.child.stderr.take().context("stderr is not piped")?))
    }

    fn exited(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        self.ended = self.ended || status.is_some();
        Ok(status)
    }

    /// Returns the lines of the program's stdout. A thread reads them to the end, so that a full pipe never blocks the
    /// program.
    fn lines(&mut self) -> Result<Receiver<String>> {
        let stdout = self.child.stdout.take().context("stdout is not piped")?;
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Err(mpsc::SendError(line)) = sender.send(line) {
                    print_progress(line);
                }
            }
        });
        Ok(receiver)
    }

    fn signal(&self, signal: Signal) {
        // An error means that the group no longer exists.
        let _gone = i32::try_from(self.child.id()).map(|id| killpg(Pid::from_raw(id), signal));
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.signal(Signal::SIGTERM);
        for _ in 0..TICKS_TO_STOP {
            if !matches!(self.exited(), Ok(None)) {
                return;
            }
            std::thread::sleep(TICK);
        }
        print_progress(format!("{} does not stop: killing it", self.name));
        self.signal(Signal::SIGKILL);
        let _status = self.child.wait();
    }
}

/// Waits until a stop is requested. Fails if one of the services ends before.
pub(crate) fn wait_for_stop(services: &mut [&mut Service], stop: &StopSignal) -> Result<()> {
    while !stop.requested() {
        for service in &mut *services {
            if let Some(status) = service.exited()? {
                bail!("{} exited unexpectedly ({status}); see its output above", service.name);
            }
        }
        std::thread::sleep(TICK);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use nix::sys::signal::kill;
    use nix::unistd::Pid;

    use super::{Service, StopSignal, wait_for_stop};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn stop(requested: bool) -> StopSignal {
        StopSignal(Arc::new(AtomicBool::new(requested)))
    }

    #[test]
    fn the_address_is_read_from_the_first_line_that_has_it() {
        let mut command = shell("echo hello; echo listening on http://127.0.0.1:4999/; exec sleep 60");
        let (_service, host) = Service::listening("it", &mut command, &stop(false)).unwrap();
        assert_eq!(host, "127.0.0.1:4999");
    }

    #[test]
    fn a_program_that_ends_before_it_listens_is_an_error_with_its_status() {
        let error = Service::listening("it", &mut shell("exit 3"), &stop(false)).unwrap_err();
        assert_eq!(error.to_string(), "it exited unexpectedly (exit status: 3); see its output above");
    }

    #[test]
    fn a_program_that_ends_while_it_is_watched_is_an_error() {
        let mut service = Service::start("it", &mut shell("exit 4")).unwrap();
        let error = wait_for_stop(&mut [&mut service], &stop(false)).unwrap_err();
        assert!(error.to_string().starts_with("it exited unexpectedly (exit status: 4)"), "{error}");
    }

    #[test]
    fn wait_fails_on_a_nonzero_status() {
        let finish = |script| Service::start("it", &mut shell(script)).unwrap().wait(&stop(false));
        finish("exit 0").unwrap();
        assert_eq!(finish("exit 4").unwrap_err().to_string(), "it failed (exit status: 4)");
    }

    #[test]
    fn watching_ends_well_when_asked_to_stop() {
        let mut service = Service::start("it", &mut shell("exec sleep 60")).unwrap();
        wait_for_stop(&mut [&mut service], &stop(true)).unwrap();
    }

    #[test]
    fn a_dropped_service_is_gone_together_with_its_children() {
        let mut command = shell("sleep 60 & echo listening on http://$!; wait");
        let (service, child) = Service::listening("it", &mut command, &stop(false)).unwrap();
        let (own, child) = (service.child.id().cast_signed(), child.parse().unwrap());
        drop(service);
        for id in [own, child] {
            // The process that adopts the orphan may take a moment to reap it.
            while kill(Pid::from_raw(id), None).is_ok() && !is_zombie(id) {
                std::thread::yield_now();
            }
        }
    }

    fn is_zombie(id: i32) -> bool {
        std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    }
}

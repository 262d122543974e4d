//! Wall clock of a server under test: the machine's, or one that a drill steps while the server runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context as _, Result, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::clock;
use crate::server::ServerSettings;

/// Source of the library that is preloaded into the server.
const SHIM: &str = include_str!("../shim/clock.c");

/// Time as a server sees it. Tokens and signatures are made with it, so that a step affects only times that the
/// server itself has stored. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerClock(Arc<Offsets>);

/// Offsets in milliseconds ahead of the machine's clock.
#[derive(Debug, Default)]
struct Offsets {
    now: AtomicI64,
    before_last_step: AtomicI64,
}

impl ServerClock {
    /// Returns the seconds since 1970 as the server may see them: by its current clock, and by its clock before the
    /// last step, which a server may take some seconds to notice.
    pub(crate) fn possible_times(&self) -> [u64; 2] {
        let Offsets { now, before_last_step } = &*self.0;
        [now, before_last_step]
            .map(|offset| clock::seconds().saturating_add_signed(offset.load(Ordering::SeqCst) / 1000))
    }

    fn step(&self, milliseconds: i64) {
        let before = self.0.now.swap(milliseconds, Ordering::SeqCst);
        self.0.before_last_step.store(before, Ordering::SeqCst);
    }
}

/// Clock that a drill steps.
#[derive(Debug)]
pub(crate) struct SteppedClock {
    pub(crate) clock: ServerClock,
    library: PathBuf,
    offset: PathBuf,
}

impl SteppedClock {
    /// Compiles the library into `folder`. The clock starts with the machine's time. Needs Linux and a C compiler.
    pub(crate) async fn build(folder: &Path) -> Result<Self> {
        ensure!(cfg!(target_os = "linux"), "stepping the clock of a running server needs Linux (LD_PRELOAD)");
        let (library, offset) = (folder.join("clock.so"), folder.join("clock-offset"));
        compile(&library).await?;
        let built = Self { clock: ServerClock::default(), library, offset };
        fs::write(&built.offset, 0_i64.to_ne_bytes())?;
        Ok(built)
    }

    /// Makes a server use this clock.
    pub(crate) fn apply_to(&self, settings: ServerSettings) -> ServerSettings {
        settings
            .with("LD_PRELOAD", self.library.to_string_lossy())
            .with("RELINK_DRILLS_CLOCK", self.offset.to_string_lossy())
    }

    /// Sets the clock this number of milliseconds ahead of the machine's, at once, even in a running server.
    pub(crate) fn step(&self, milliseconds: i64) -> Result<()> {
        // Written in place, because the server has the file mapped.
        let file = fs::File::options().write(true).open(&self.offset)?;
        std::os::unix::fs::FileExt::write_all_at(&file, &milliseconds.to_ne_bytes(), 0)?;
        self.clock.step(milliseconds);
        Ok(())
    }
}

async fn compile(library: &Path) -> Result<()> {
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-x", "c", "-o"]).arg(library).arg("-");
    let child = compiler.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.context("cc, a C compiler, can't be started")?;
    child.stdin.take().context("cc has no input")?.write_all(SHIM.as_bytes()).await?;
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "cc: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::SteppedClock;
    use crate::clock;

    #[tokio::test]
    async fn a_program_with_the_library_sees_each_step() {
        let folder = tempfile::tempdir().unwrap();
        let stepped = SteppedClock::build(folder.path()).await.unwrap();
        let seen = || {
            let mut date = Command::new("date");
            date.arg("+%s").env("LD_PRELOAD", &stepped.library).env("RELINK_DRILLS_CLOCK", &stepped.offset);
            let output = date.output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse::<u64>().unwrap()
        };
        for milliseconds in [0, -3_600_000, -3_000, 31_536_000_000, 0] {
            stepped.step(milliseconds).unwrap();
            let expected = clock::seconds().saturating_add_signed(milliseconds / 1000);
            assert!(seen().abs_diff(expected) <= 2, "{milliseconds} ms: {} instead of {expected}", seen());
            let [now, _] = stepped.clock.possible_times();
            assert!(now.abs_diff(expected) <= 2, "{now}");
        }
    }
}

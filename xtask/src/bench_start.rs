//! `cargo xtask bench start`: measures how long the demo takes to start, cold and warm.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use relink_figures::JsonFile;
use serde_json::{Value, json};

use crate::command;
use crate::progress::StepLine;
use crate::progress::print_progress;
use crate::project::Project;
use crate::service::{Service, StopSignal, TICK};
use crate::{clock, demo_env};

/// Limits for a cold start, by the smallest number of processors that each is for.
const COLD_LIMITS: [(usize, Duration); 2] = [(8, Duration::from_secs(150)), (2, Duration::from_mins(6))];
/// Limit for a warm start, with everything built.
const WARM_LIMIT: Duration = Duration::from_secs(15);
/// Name of the time before the demo's first step, in which cargo builds xtask.
const BUILD_XTASK: &str = "cargo xtask itself";

/// Measure how soon `cargo xtask demo` is ready, on the first and on the second start.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use the existing cargo and npm caches instead of downloading everything again.
    #[arg(long)]
    reuse_downloads: bool,
    #[command(flatten)]
    json: JsonFile,
}

/// Measured start of the demo.
#[derive(Debug)]
struct MeasuredStart {
    name: &'static str,
    limit: Duration,
    whole: Duration,
    steps: Vec<(String, f64)>,
}

pub(crate) fn measure(project: &Project, args: &Args) -> Result<()> {
    let stop = StopSignal::on_signal()?;
    let folder = tempfile::Builder::new().prefix("relink-start-").tempdir()?;
    let clone = clone(project, folder.path())?;
    let cores = thread::available_parallelism()?.get();
    let demo = || command(&clone, folder.path(), args.reuse_downloads);
    let starts =
        [start("cold", cold_limit(cores), demo()?, &stop)?, start("warm", WARM_LIMIT, demo()?, &stop)?];
    for start in &starts {
        print!("{}", start.table());
    }
    args.json.write(&json!({
        "cores": cores,
        "downloads_reused": args.reuse_downloads,
        "starts": starts.iter().map(MeasuredStart::figures).collect::<Value>(),
    }))?;
    for MeasuredStart { name, limit, whole, .. } in &starts {
        ensure!(whole <= limit, "the {name} start took {whole:.0?}: more than {limit:?}");
    }
    Ok(())
}

/// Clones the committed state.
fn clone(project: &Project, folder: &Path) -> Result<PathBuf> {
    let clone = folder.join("relink");
    let mut git = Command::new("git");
    command::capture(git.args(["clone", "--quiet"]).arg(&project.root).arg(&clone))?;
    print_progress("Measuring the committed state in a separate clone.");
    Ok(clone)
}

/// Returns the command that runs the demo in the clone with its own caches. Only the Rust toolchain is the installed
/// one.
fn command(clone: &Path, folder: &Path, reuse_downloads: bool) -> Result<Command> {
    let mut command = demo_env::without_user_settings(Path::new("cargo"));
    command.current_dir(clone).args(["xtask", "demo", "--port=0", "--shop-port=0", "--sandbox-port=0"]);
    // cargo has set these for the clone that this xtask runs in.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_") {
            command.env_remove(name);
        }
    }
    command.env("CARGO_TARGET_DIR", folder.join("target")).env("XDG_CACHE_HOME", folder.join("cache"));
    if !reuse_downloads {
        command.env("CARGO_HOME", cargo_home(folder)?).env("npm_config_cache", folder.join("npm"));
    }
    Ok(command)
}

/// Creates an empty `CARGO_HOME` with the user's `config.toml`, which may name another registry.
fn cargo_home(folder: &Path) -> Result<PathBuf> {
    let home = folder.join("cargo");
    fs::create_dir_all(&home)?;
    let users = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let users = users.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let settings = users.map(|users| users.join("config.toml")).filter(|file| file.is_file());
    if let Some(settings) = settings {
        fs::copy(settings, home.join("config.toml"))?;
    }
    Ok(home)
}

fn cold_limit(cores: usize) -> Duration {
    let limit = COLD_LIMITS.iter().find(|(at_least, _)| cores >= *at_least);
    limit.map_or(Duration::MAX, |(_, limit)| *limit)
}

/// Starts the demo, waits until it is ready, stops it, and returns the times.
fn start(name: &'static str, limit: Duration, mut demo: Command, stop: &StopSignal) -> Result<MeasuredStart> {
    print_progress(format!("The {name} start:"));
    let began = clock::now();
    let mut service = Service::start("the demo", demo.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (sender, lines) = mpsc::channel();
    let (stdout, stderr) = service.output()?;
    follow(stdout, sender.clone());
    follow(stderr, sender);
    let mut start = MeasuredStart { name, limit, whole: Duration::ZERO, steps: Vec::new() };
    loop {
        service.check(stop)?;
        match lines.recv_timeout(TICK) {
            Ok((at, line)) => {
                print_progress(format!("  {line}"));
                if start.record_line(&line, at.duration_since(began)) {
                    return Ok(start);
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => bail!("the demo ended before it was ready"),
        }
    }
}

/// Sends each line of the output with the time at which it was read.
fn follow(output: impl std::io::Read + Send + 'static, sender: mpsc::Sender<(Instant, String)>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send((clock::now(), line)).is_err() {
                return;
            }
        }
    });
}

impl MeasuredStart {
    /// Records a line of the demo's output. Returns true if it says that the demo is ready.
    fn record_line(&mut self, line: &str, elapsed: Duration) -> bool {
        if self.steps.is_empty() && line.starts_with("[1/") {
            self.steps.push((BUILD_XTASK.to_owned(), elapsed.as_secs_f64()));
        }
        if let Some(step) = StepLine::parse(line) {
            self.steps.push((step.name.to_owned(), step.seconds));
        }
        self.whole = elapsed;
        line.starts_with("ready http://")
    }

    fn table(&self) -> String {
        let row = |name: &str, seconds: f64| format!("{seconds:>9.1} s  {name}\n");
        let steps: String = self.steps.iter().map(|(name, seconds)| row(name, *seconds)).collect();
        let whole = format!("ready; some steps run in parallel (limit: {:?})", self.limit);
        format!("{} start\n{steps}{}", self.name, row(&whole, self.whole.as_secs_f64()))
    }

    fn figures(&self) -> Value {
        let step = |(name, seconds): &(String, f64)| json!({ "step": name, "seconds": seconds });
        json!({
            "start": self.name,
            "seconds": self.whole.as_secs_f64(),
            "limit_seconds": self.limit.as_secs(),
            "steps": self.steps.iter().map(step).collect::<Value>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MeasuredStart, WARM_LIMIT, cold_limit};

    #[test]
    fn more_processors_have_less_time() {
        assert_eq!(cold_limit(2), Duration::from_mins(6));
        assert_eq!(cold_limit(4), Duration::from_mins(6));
        assert_eq!(cold_limit(16), Duration::from_secs(150));
    }

    #[test]
    fn each_step_has_its_seconds_and_the_first_is_what_came_before_any() {
        let mut start =
            MeasuredStart { name: "cold", limit: WARM_LIMIT, whole: Duration::ZERO, steps: Vec::new() };
        let lines =
            ["   Compiling xtask", "[1/4] the page …", "[1/4] the page: 2.5 s, 3 left", "ready http://a/"];
        let ready = lines.map(|line| start.record_line(line, Duration::from_secs(4)));
        assert_eq!(ready, [false, false, false, true]);
        assert_eq!(start.steps, [("cargo xtask itself".to_owned(), 4.0), ("the page".to_owned(), 2.5)]);
        assert_eq!(start.whole, Duration::from_secs(4));
    }
}

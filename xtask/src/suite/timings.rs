//! Durations of the tests and of their builds.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;

const SLOWEST: usize = 20;

/// Durations of the parts and of single tests.
#[derive(Debug)]
pub(crate) struct Timings {
    enabled: bool,
    parts: Vec<PartTime>,
    tests: Vec<TestTime>,
}

#[derive(Debug)]
struct PartTime {
    name: String,
    build: Duration,
    run: Duration,
}

#[derive(Clone, Debug, PartialEq)]
struct TestTime {
    name: String,
    seconds: f64,
}

impl Timings {
    /// Creates an empty record. Durations of single tests are recorded only if `enabled` is true.
    pub(crate) fn new(enabled: bool) -> Self {
        Self { enabled, parts: Vec::new(), tests: Vec::new() }
    }

    /// Begins a part, to which all following durations belong.
    pub(crate) fn begin(&mut self, name: String) {
        self.parts.push(PartTime { name, build: Duration::ZERO, run: Duration::ZERO });
    }

    /// Runs `build` and adds its duration to the part's time for building.
    pub(crate) fn building<T>(&mut self, build: impl FnOnce() -> T) -> T {
        let began = clock::now();
        let outcome = build();
        if let Some(part) = self.parts.last_mut() {
            part.build += began.elapsed();
        }
        outcome
    }

    /// Runs `run` and adds its duration to the part's time for running.
    pub(crate) fn running<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let began = clock::now();
        let outcome = run(self);
        if let Some(part) = self.parts.last_mut() {
            part.run += began.elapsed();
        }
        outcome
    }

    /// Makes the test programs print how long each test took.
    ///
    /// Rust's test harness supports that on nightly only, unless `RUSTC_BOOTSTRAP` is set. It is set for the test
    /// programs alone, because cargo would recompile everything.
    pub(crate) fn report_test_durations(&self, test: &mut Command) {
        if !self.enabled || test.get_args().any(|argument| argument == "--target=wasm32-unknown-unknown") {
            return;
        }
        let has = |test: &Command, begin: &str| {
            test.get_args().any(|argument| argument.to_string_lossy().starts_with(begin))
        };
        test.env(runner(), "env RUSTC_BOOTSTRAP=1");
        if !has(test, "--test=") && !has(test, "--package=") {
            // Leaves out doc tests, which do not know the argument.
            test.arg("--all-targets");
        }
        if !test.get_args().any(|argument| argument == "--") {
            test.arg("--");
        }
        test.args(["-Zunstable-options", "--report-time"]);
    }

    /// Records the duration in a line such as `test tests::a_fact ... ok <0.123s>`.
    pub(crate) fn read(&mut self, line: &str) {
        self.tests.extend(test_time(line));
    }

    fn slowest(&self) -> Vec<TestTime> {
        let mut tests = self.tests.clone();
        tests.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        tests.truncate(SLOWEST);
        tests
    }

    /// Formats the slowest tests and the parts as text.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from("\nslowest tests\n");
        // Writing to a String can't fail.
        for TestTime { name, seconds } in self.slowest() {
            let _ok = writeln!(text, "{seconds:>9.1} s  {name}");
        }
        let _ok = writeln!(text, "\n{:<12}{:>12}{:>12}", "part", "build", "run");
        for PartTime { name, build, run } in &self.parts {
            let (build, run) = (build.as_secs_f64(), run.as_secs_f64());
            let _ok = writeln!(text, "{name:<12}{build:>10.1} s{run:>10.1} s");
        }
        text
    }

    /// Returns the slowest tests and the parts as JSON.
    pub(crate) fn figures(&self) -> Value {
        let part = |part: &PartTime| json!({ "part": part.name, "build_seconds": part.build.as_secs_f64(), "run_seconds": part.run.as_secs_f64() });
        let test = |test: &TestTime| json!({ "test": test.name, "seconds": test.seconds });
        json!({
            "parts": self.parts.iter().map(part).collect::<Value>(),
            "slowest_tests": self.slowest().iter().map(test).collect::<Value>(),
        })
    }
}

/// Returns the name of cargo's environment variable for the runner of this machine's target.
fn runner() -> String {
    let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
    let triple = match os {
        "macos" => format!("{arch}-apple-darwin"),
        _ => format!("{arch}-unknown-{os}-gnu"),
    };
    format!("CARGO_TARGET_{}_RUNNER", triple.to_uppercase().replace('-', "_"))
}

fn test_time(line: &str) -> Option<TestTime> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let (_, seconds) = result.split_once('<')?;
    let seconds = seconds.split_once("s>")?.0.parse().ok()?;
    Some(TestTime { name: name.to_owned(), seconds })
}

#[cfg(test)]
mod tests {
    use super::{TestTime, Timings, test_time};

    #[test]
    fn a_tests_time_is_read_from_its_line() {
        let slow = TestTime { name: "live::slow".to_owned(), seconds: 2.5 };
        assert_eq!(test_time("test live::slow ... ok <2.500s>"), Some(slow.clone()));
        assert_eq!(test_time("test live::slow ... FAILED <2.500s>"), Some(slow));
        for other in ["test live::slow ... ok", "test result: ok. 3 passed", "running 3 tests"] {
            assert_eq!(test_time(other), None, "{other}");
        }
    }

    #[test]
    fn the_slowest_come_first_and_each_part_has_its_times() {
        let mut timings = Timings::new(true);
        timings.begin("journeys".to_owned());
        for line in ["test a ... ok <0.500s>", "test b ... ok <1.500s>"] {
            timings.read(line);
        }
        let table = timings.table();
        assert!(table.find("1.5 s  b") < table.find("0.5 s  a"), "{table}");
        assert!(table.contains("\njourneys           0.0 s       0.0 s\n"), "{table}");
    }
}

//! `cargo xtask soak`: the server is killed, overloaded and attacked, and its surroundings are broken.
//!
//! Each part ends with a verdict for every figure that has a limit.

mod check;
mod clock;
mod disk;
mod greedy;
mod kills;
mod skew;
mod slow;
mod tmpfs;

use anyhow::Result;
use clap::ValueEnum;
use serde_json::{Value, json};

pub(crate) use self::check::Check;
use crate::backlog;
use crate::inputs::Inputs;
use crate::probe::Samples;
use crate::report::Report;
use crate::storm;

/// Part of the soak test. Each has a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// One server on SQLite, killed
    Sqlite,
    /// One server on PostgreSQL, killed
    Postgres,
    /// Three servers on one PostgreSQL, killed in turn
    Three,
    /// More events than the server can look into at Stripe's rate limit
    Storm,
    /// A long list of undelivered events at a slow Stripe, and kills meanwhile
    Backlog,
    /// A full disk
    Disk,
    /// A wall clock that jumps
    Clock,
    /// Two servers whose clocks differ
    Skew,
    /// One customer who sends requests as fast as they can
    Greedy,
    /// Connections that hold on to a server's resources
    Slow,
}

/// Settings of all parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup<'a> {
    pub(crate) inputs: &'a Inputs,
    /// Seed of the random choices.
    pub(crate) seed: u64,
    /// True if each part takes only a few seconds.
    pub(crate) quick: bool,
}

/// Result of one part.
#[derive(Debug)]
pub(crate) enum PartResult {
    /// Figures with limits, and other figures as text and as JSON.
    Measured { checks: Vec<Check>, text: String, figures: Value },
    /// Not possible on this machine, with the reason.
    Skipped(String),
}

impl PartResult {
    pub(crate) fn checks(checks: Vec<Check>) -> Self {
        Self::Measured { checks, text: String::new(), figures: Value::Null }
    }
}

/// Runs one part, or all of them in order. A failed part does not stop the next ones.
pub(crate) async fn run(setup: &Setup<'_>, only: Option<Part>) -> Report {
    let mut report = Report::new("soak");
    let mut parts = Vec::new();
    for part in Part::value_variants().iter().filter(|part| only.is_none_or(|only| only == **part)) {
        let name = part.name();
        eprintln!("{name} … (--seed {} repeats its choices)", setup.seed);
        let (verdict, figures) = verdict_of(name, part.run(setup).await);
        eprintln!("{}", verdict.text.lines().next().unwrap_or_default());
        report.add(&verdict.text);
        if !verdict.passed {
            report.fail(format!("{name} failed; --only {name} --seed {} runs it again", setup.seed));
        }
        parts.push(figures);
    }
    report.figure("seed", setup.seed.into());
    report.figure("parts", parts.into());
    report
}

struct Verdict {
    text: String,
    passed: bool,
}

/// Returns a part's verdict, and its figures as JSON.
fn verdict_of(name: &str, findings: Result<PartResult>) -> (Verdict, Value) {
    let (text, checks, figures, reason, outcome) = match findings {
        Ok(PartResult::Measured { checks, text, figures }) => {
            let outcome = if checks.iter().all(Check::passed) { "passed" } else { "failed" };
            (text, checks, figures, None, outcome)
        }
        Ok(PartResult::Skipped(reason)) => (String::new(), Vec::new(), Value::Null, Some(reason), "skipped"),
        Err(error) => (String::new(), Vec::new(), Value::Null, Some(format!("{error:#}")), "failed"),
    };
    let lines =
        checks.iter().map(ToString::to_string).chain(reason.clone()).map(|line| ["  ", &line, "\n"].concat());
    let text = format!("{name}: {outcome}\n{}{text}", lines.collect::<String>());
    let figures = json!({
        "part": name,
        "outcome": outcome,
        "reason": reason,
        "checks": checks.iter().map(Check::figures).collect::<Vec<_>>(),
        "figures": figures,
    });
    (Verdict { text, passed: outcome != "failed" }, figures)
}

/// Prints the first failure, because the verdict has numbers only.
fn print_first_failure(what: &str, samples: &Samples) {
    if let Some(problem) = samples.first_problem() {
        eprintln!("{what}: {} of {} failed, the first with {problem}", samples.failed(), samples.count());
    }
}

impl Part {
    /// Name of the part for `--only`.
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Three => "three",
            Self::Storm => "storm",
            Self::Backlog => "backlog",
            Self::Disk => "disk",
            Self::Clock => "clock",
            Self::Skew => "skew",
            Self::Greedy => "greedy",
            Self::Slow => "slow",
        }
    }

    async fn run(self, setup: &Setup<'_>) -> Result<PartResult> {
        match self {
            Self::Sqlite => kills::sqlite(setup).await,
            Self::Postgres => kills::postgres(setup).await,
            Self::Three => kills::three(setup).await,
            Self::Storm => storm::run(setup).await,
            Self::Backlog => backlog::run(setup).await,
            Self::Disk => disk::run(setup).await,
            Self::Clock => clock::run(setup).await,
            Self::Skew => skew::run(setup).await,
            Self::Greedy => greedy::run(setup).await,
            Self::Slow => slow::run(setup).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::{Check, PartResult, verdict_of};

    #[test]
    fn one_figure_beyond_its_limit_fails_a_part() {
        let checks = vec![Check::at_most("events lost", 0, 0), Check::at_most("refusals", 3, 2)];
        let (verdict, figures) = verdict_of("disk", Ok(PartResult::checks(checks)));
        assert!(!verdict.passed);
        assert_eq!(
            verdict.text,
            "disk: failed\n  passed  events lost: 0 (at most 0)\n  FAILED  refusals: 3 (at most 2)\n"
        );
        assert_eq!(figures["outcome"], "failed");
        assert_eq!(figures["checks"][1]["passed"], false);
    }

    #[test]
    fn a_part_that_is_not_possible_here_says_why_and_fails_nothing() {
        let (verdict, figures) = verdict_of("disk", Ok(PartResult::Skipped("needs root".to_owned())));
        assert!(verdict.passed);
        assert_eq!(verdict.text, "disk: skipped\n  needs root\n");
        assert_eq!(figures["reason"], "needs root");
    }

    #[test]
    fn a_part_that_could_not_be_judged_has_failed() {
        let (verdict, figures) = verdict_of("disk", Err(anyhow!("the sandbox has ended")));
        assert!(!verdict.passed);
        assert_eq!(
            (&figures["outcome"], &figures["reason"]),
            (&"failed".into(), &"the sandbox has ended".into())
        );
    }
}

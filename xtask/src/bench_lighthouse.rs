//! `cargo xtask bench lighthouse`: Lighthouse's scores of the demo shop and of the standalone page.

#![expect(clippy::indexing_slicing, reason = "only of JSON, where what is not there is null")]

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use relink_figures::JsonFile;
use serde_json::{Value, json};

use crate::demo_env::{self, DemoEnv, Scenario};
use crate::front_end::BuildMode;
use crate::progress::{Progress, print_progress};
use crate::project::{self, Project};
use crate::service::StopSignal;
use crate::tools::chromium::Chromium;
use crate::tools::lighthouse;
use crate::{build, command, demo, shop};

/// Least score of each category, of 100.
const LEAST: [(&str, f64); 3] = [("performance", 95.0), ("accessibility", 100.0), ("best-practices", 100.0)];
/// Largest cumulative layout shift (CLS).
const MOST_SHIFT: f64 = 0.05;

/// Times that make up the performance beside the layout shift, in milliseconds, with their names in the report.
const TIMES: [(&str, &str); 4] = [
    ("first contentful paint", "first-contentful-paint"),
    ("largest contentful paint", "largest-contentful-paint"),
    ("total blocking time", "total-blocking-time"),
    ("speed index", "speed-index"),
];

/// Lighthouse's figures of one page.
#[derive(Debug)]
struct PageResult {
    page: &'static str,
    /// In the order of [`LEAST`].
    scores: Vec<f64>,
    layout_shift: f64,
    /// In the order of [`TIMES`].
    times: Vec<f64>,
    /// Failed audits of the categories that have to be perfect.
    failed: Vec<String>,
}

/// Builds the page for release, and measures each page `runs` times. Of several runs, the median performance counts,
/// and the worst of everything else.
pub(crate) fn measure(project: &Project, runs: u32, json: &JsonFile) -> Result<()> {
    let program = lighthouse::program(project)?;
    let browser = Chromium::ensure_installed(&project.tools)?;
    // The programs answer in milliseconds in either mode, which the simulated network hides.
    let modes = build::Modes { page: BuildMode::Release, programs: BuildMode::Demo };
    let (page, programs) = build::all(project, modes, &Progress::new(build::STEPS))?;
    let stop = StopSignal::on_signal()?;
    let env = DemoEnv::new(0, Some(0))?;
    let (_sandbox, sandbox) = demo_env::sandbox(&programs, 0, &env, &stop)?;
    let (mut server, host) = demo_env::server(&programs, &env, &sandbox, (&page, Scenario::Payments), &stop)?;
    demo::wait_for_page(&mut server, &host, &stop)?;
    let (_merchant, shop_host) = shop::start(project, &env, (&host, &sandbox), Scenario::Payments, &stop)?;
    let mut all = Vec::new();
    for (page, address) in [("shop", &shop_host), ("standalone page", &host)] {
        print_progress(format!("Lighthouse visits the {page} {runs} times."));
        let run = |_| visit(&program, &browser.chromium, page, &format!("http://{address}/"));
        let scores = combined((0..runs).map(run).collect::<Result<Vec<_>>>()?).context("no runs")?;
        print!("{}", scores.table());
        all.push(scores);
    }
    json.write(&json!({ "runs": runs, "pages": all.iter().map(PageResult::figures).collect::<Value>() }))?;
    all.iter().try_for_each(PageResult::check)
}

fn visit(program: &Path, chromium: &Path, page: &'static str, url: &str) -> Result<PageResult> {
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("report.json");
    let categories: Vec<&str> = LEAST.iter().map(|(name, _)| *name).collect();
    let mut node = Command::new(shop::node()?);
    node.arg(program).args([url, "--quiet", "--output=json"]);
    node.arg(format!("--output-path={}", report.display()));
    node.arg(format!("--only-categories={}", categories.join(",")));
    // Without a sandbox of its own, because root can't have one.
    node.arg("--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage");
    command::capture(node.env("CHROME_PATH", chromium))?;
    PageResult::of(page, &serde_json::from_str(&project::read(&report)?)?)
}

impl PageResult {
    /// Reads a report of Lighthouse.
    fn of(page: &'static str, report: &Value) -> Result<Self> {
        let number = |path: &str| {
            let value = report.pointer(path).and_then(Value::as_f64);
            value.with_context(|| format!("the report has no {path}: {}", report["runtimeError"]))
        };
        let score =
            |(name, _): &(&str, f64)| Ok((number(&format!("/categories/{name}/score"))? * 100.0).round());
        let mut failed = Vec::new();
        for (category, _) in LEAST.iter().skip(1) {
            let audits = report["categories"][category]["auditRefs"].as_array().into_iter().flatten();
            for audit in audits.filter_map(|audit| audit["id"].as_str()) {
                let score = report["audits"][audit]["score"].as_f64();
                failed.extend(score.filter(|score| *score < 1.0).map(|_| audit.to_owned()));
            }
        }
        Ok(Self {
            page,
            scores: LEAST.iter().map(score).collect::<Result<_>>()?,
            layout_shift: number("/audits/cumulative-layout-shift/numericValue")?,
            times: TIMES
                .iter()
                .map(|(_, audit)| number(&format!("/audits/{audit}/numericValue")))
                .collect::<Result<_>>()?,
            failed,
        })
    }

    fn table(&self) -> String {
        let scores = LEAST.iter().zip(&self.scores);
        let rows = scores.map(|((name, least), score)| format!("{score:>6}  {name} (at least {least})\n"));
        let rows: String = rows.collect();
        let times = TIMES.iter().zip(&self.times);
        let times = times.map(|((name, _), time)| format!("{time:>6.0}  ms {name}\n"));
        let times: String = times.collect();
        format!(
            "{}\n{rows}{:>6.3}  layout shift (at most {MOST_SHIFT})\n{times}",
            self.page, self.layout_shift
        )
    }

    fn figures(&self) -> Value {
        let scores = LEAST.iter().zip(&self.scores);
        let scores: serde_json::Map<_, _> =
            scores.map(|((name, _), score)| ((*name).to_owned(), json!(score))).collect();
        let times = TIMES.iter().zip(&self.times);
        let times: serde_json::Map<_, _> =
            times.map(|((_, audit), time)| ((*audit).to_owned(), json!(time))).collect();
        json!({ "page": self.page, "scores": scores, "layout_shift": self.layout_shift, "milliseconds": times })
    }

    fn check(&self) -> Result<()> {
        for ((name, least), score) in LEAST.iter().zip(&self.scores) {
            ensure!(score >= least, "{name} of the {} is {score}: {:?}", self.page, self.failed);
        }
        ensure!(self.layout_shift <= MOST_SHIFT, "the {} shifts by {}", self.page, self.layout_shift);
        Ok(())
    }
}

/// Combines the runs for one page; `None` without any.
fn combined(mut runs: Vec<PageResult>) -> Option<PageResult> {
    let performance = |run: &PageResult| run.scores.first().copied().unwrap_or_default();
    runs.sort_by(|one, other| performance(one).total_cmp(&performance(other)));
    let median = performance(runs.get(runs.len() / 2)?);
    let mut worst = runs.into_iter().reduce(|mut worst, run| {
        let pairs = worst.scores.iter_mut().zip(run.scores);
        pairs.for_each(|(worst, score)| *worst = worst.min(score));
        worst.layout_shift = worst.layout_shift.max(run.layout_shift);
        let times = worst.times.iter_mut().zip(run.times);
        times.for_each(|(worst, time)| *worst = worst.max(time));
        worst.failed.extend(run.failed);
        worst
    })?;
    *worst.scores.first_mut()? = median;
    Some(worst)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PageResult, combined};

    fn report(performance: f64, accessibility: f64, shift: f64) -> serde_json::Value {
        json!({
            "categories": {
                "performance": { "score": performance },
                "accessibility": { "score": accessibility, "auditRefs": [{ "id": "label" }] },
                "best-practices": { "score": 1, "auditRefs": [] },
            },
            "audits": {
                "label": { "score": accessibility },
                "cumulative-layout-shift": { "numericValue": shift },
                "first-contentful-paint": { "numericValue": 1_200.0 },
                "largest-contentful-paint": { "numericValue": 2_400.0 },
                "total-blocking-time": { "numericValue": 50.0 },
                "speed-index": { "numericValue": 2_000.0 },
            },
        })
    }

    fn page(reports: &[serde_json::Value]) -> PageResult {
        let runs = reports.iter().map(|report| PageResult::of("shop", report).unwrap()).collect();
        combined(runs).unwrap()
    }

    #[test]
    fn of_several_runs_the_median_performance_counts_and_the_worst_of_the_rest() {
        let scores = page(&[report(0.99, 1.0, 0.0), report(0.5, 1.0, 0.04), report(0.96, 1.0, 0.01)]);
        assert_eq!(scores.scores, [96.0, 100.0, 100.0]);
        assert!((scores.layout_shift - 0.04).abs() < 1e-9);
        scores.check().unwrap();
    }

    #[test]
    fn each_limit_is_checked() {
        for (bad, expected) in [
            (report(0.94, 1.0, 0.0), "performance of the shop is 94: []"),
            (report(0.99, 0.98, 0.0), "accessibility of the shop is 98: [\"label\"]"),
            (report(0.99, 1.0, 0.06), "the shop shifts by 0.06"),
        ] {
            assert_eq!(page(&[bad]).check().unwrap_err().to_string(), expected);
        }
        assert!(PageResult::of("shop", &json!({ "runtimeError": { "code": "NO_FCP" } })).is_err());
    }
}

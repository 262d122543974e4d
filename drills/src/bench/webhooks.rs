//! `cargo xtask bench webhooks`: number of events per second that are accepted and on the disk, and their cost.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::contestant::{ALL, Contestant, Running};
use crate::figures::{Times, float, many, mib, ms, table};
use crate::given::Given;
use crate::load::{Load, parcels, send};
use crate::report::Report;
use crate::server::WEBHOOK_SECRET;

const CONNECTIONS: usize = 64;
/// Number of events that are prepared at a time, between two measured periods. They fit easily into memory.
const READY: usize = 200_000;

/// Durations of each subject's warm-up and measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Length {
    warm_up: Duration,
    measured: Duration,
}

impl Length {
    pub(crate) const USUAL: Self =
        Self { warm_up: Duration::from_secs(4), measured: Duration::from_secs(12) };
    pub(crate) const QUICK: Self = Self { warm_up: Duration::from_secs(1), measured: Duration::from_secs(1) };
}

/// Measurement of one subject.
struct Measured {
    name: String,
    a_second: f64,
    /// Processor time per event in seconds.
    processor: f64,
    load: Load,
    memory: u64,
}

/// Measures all subjects, one after the other.
pub(crate) async fn run(given: &Given, length: Length) -> Result<Report> {
    let mut all = Vec::new();
    for contestant in ALL {
        eprintln!("{} …", contestant.name());
        all.push(measure(contestant, given, length).await?);
    }
    let mut report = Report::new("bench webhooks");
    report.add(&in_words(&all));
    report.figure("connections", CONNECTIONS.into());
    report.figure("seconds", length.measured.as_secs().into());
    report.figure("subjects", all.iter().map(Measured::figures).collect());
    Ok(report)
}

impl Measured {
    fn figures(&self) -> Value {
        json!({
            "name": self.name,
            "events": self.load.sent,
            "events_per_second": self.a_second,
            "processor_us_per_event": self.processor * 1e6,
            "p50_ms": self.load.times.at(50).as_secs_f64() * 1e3,
            "p99_ms": self.load.times.at(99).as_secs_f64() * 1e3,
            "memory_bytes": self.memory,
        })
    }
}

async fn measure(contestant: Contestant, given: &Given, length: Length) -> Result<Measured> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let running = Running::start(contestant, given, folder.path()).await?;
    stretch(&running, contestant.events(), "Warm", length.warm_up).await?;
    let (load, processor) = stretch(&running, contestant.events(), "Load", length.measured).await?;
    let kept = running.kept("Load").await?;
    ensure!(
        kept == load.sent,
        "{}: {} events were answered and {kept} are kept",
        contestant.name(),
        load.sent
    );
    let sent = float(load.sent as u64);
    let measured = Measured {
        name: contestant.name(),
        a_second: sent / load.took.as_secs_f64(),
        processor: processor / sent,
        memory: running.program().peak_memory()?,
        load,
    };
    running.stop().await?;
    Ok(measured)
}

/// Sends as many events as possible for this long, and returns the load and the seconds of processor time that the
/// subject used. While the next events are prepared, nothing is sent or measured.
async fn stretch(running: &Running, kind: &str, prefix: &str, time: Duration) -> Result<(Load, f64)> {
    let (mut sent, mut times, mut took, mut processor) = (0, Vec::new(), Duration::ZERO, 0.0);
    for round in 0.. {
        let ready = parcels(WEBHOOK_SECRET, kind, &format!("{prefix}{round}x"), READY)?;
        let before = running.program().processor()?;
        let load = send(&running.host, CONNECTIONS, ready, time.saturating_sub(took)).await?;
        processor += running.program().processor()? - before;
        (sent, took) = (sent + load.sent, took + load.took);
        times.push(load.times);
        if took >= time {
            break;
        }
    }
    Ok((Load { sent, times: Times::all(times), took }, processor))
}

fn in_words(all: &[Measured]) -> String {
    let head = ["", "events/s", "", "CPU/event", "", "p50", "p99", "memory", "events"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in all {
        let (rate, cost) = all.first().map_or((1.0, 1.0), |first| (first.a_second, first.processor));
        rows.push(vec![
            one.name.clone(),
            format!("{:.0}", one.a_second),
            format!("{:.2}x", one.a_second / rate),
            format!("{:.0} µs", one.processor * 1e6),
            format!("{:.1}x", one.processor / cost),
            ms(one.load.times.at(50)),
            ms(one.load.times.at(99)),
            mib(one.memory),
            many(one.load.sent as u64),
        ]);
    }
    format!(
        "{CONNECTIONS} connections; one row for each answer, on the disk before it; x = times the first row\n{}",
        table(&rows)
    )
}

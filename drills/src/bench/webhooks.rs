//! `cargo xtask bench webhooks`: number of events per second that are accepted and on the disk, and their cost.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::subject::{ALL, Running, Subject};
use crate::figures::{Times, format_count, format_mib, format_ms, table, to_float};
use crate::inputs::Inputs;
use crate::load::{Load, prepare_events, send};
use crate::report::Report;
use crate::server::WEBHOOK_SECRET;

const CONNECTIONS: usize = 64;
/// Number of events that are prepared at a time, between two measured periods. They fit easily into memory.
const EVENTS_PER_BATCH: usize = 200_000;

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
    events_per_second: f64,
    /// Processor time per event in seconds.
    processor: f64,
    load: Load,
    memory: u64,
}

/// Measures all subjects, one after the other.
pub(crate) async fn run(inputs: &Inputs, length: Length) -> Result<Report> {
    let mut all = Vec::new();
    for subject in ALL {
        eprintln!("{} …", subject.name());
        all.push(measure(subject, inputs, length).await?);
    }
    let mut report = Report::new("bench webhooks");
    report.add(&table_text(&all));
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
            "events_per_second": self.events_per_second,
            "processor_us_per_event": self.processor * 1e6,
            "p50_ms": self.load.times.percentile(50).as_secs_f64() * 1e3,
            "p99_ms": self.load.times.percentile(99).as_secs_f64() * 1e3,
            "memory_bytes": self.memory,
        })
    }
}

async fn measure(subject: Subject, inputs: &Inputs, length: Length) -> Result<Measured> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let running = Running::start(subject, inputs, folder.path()).await?;
    send_for(&running, subject.events(), "Warm", length.warm_up).await?;
    let (load, processor) = send_for(&running, subject.events(), "Load", length.measured).await?;
    let stored = running.stored("Load").await?;
    ensure!(
        stored == load.sent,
        "{}: {} events were answered and {stored} are stored",
        subject.name(),
        load.sent
    );
    let sent = to_float(load.sent as u64);
    let measured = Measured {
        name: subject.name(),
        events_per_second: sent / load.took.as_secs_f64(),
        processor: processor / sent,
        memory: running.program().peak_memory()?,
        load,
    };
    running.stop().await?;
    Ok(measured)
}

/// Sends as many events as possible for this long, and returns the load and the seconds of processor time that the
/// subject used. While the next events are prepared, nothing is sent or measured.
async fn send_for(running: &Running, kind: &str, prefix: &str, time: Duration) -> Result<(Load, f64)> {
    let (mut sent, mut times, mut took, mut processor) = (0, Vec::new(), Duration::ZERO, 0.0);
    for round in 0.. {
        let events = prepare_events(WEBHOOK_SECRET, kind, &format!("{prefix}{round}x"), EVENTS_PER_BATCH)?;
        let before = running.program().processor()?;
        let load = send(&running.host, CONNECTIONS, events, time.saturating_sub(took)).await?;
        processor += running.program().processor()? - before;
        (sent, took) = (sent + load.sent, took + load.took);
        times.push(load.times);
        if took >= time {
            break;
        }
    }
    Ok((Load { sent, times: Times::all(times), took }, processor))
}

fn table_text(all: &[Measured]) -> String {
    let head = ["", "events/s", "", "CPU/event", "", "p50", "p99", "memory", "events"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in all {
        let (rate, cost) = all.first().map_or((1.0, 1.0), |first| (first.events_per_second, first.processor));
        rows.push(vec![
            one.name.clone(),
            format!("{:.0}", one.events_per_second),
            format!("{:.2}x", one.events_per_second / rate),
            format!("{:.0} µs", one.processor * 1e6),
            format!("{:.1}x", one.processor / cost),
            format_ms(one.load.times.percentile(50)),
            format_ms(one.load.times.percentile(99)),
            format_mib(one.memory),
            format_count(one.load.sent as u64),
        ]);
    }
    format!(
        "{CONNECTIONS} connections; one row for each answer, on the disk before it; x = times the first row\n{}",
        table(&rows)
    )
}

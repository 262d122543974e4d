//! Servers that are killed at random times under a stream of webhooks.

use std::time::Duration;

use anyhow::Result;

use super::{Check, Findings, Setup};
use crate::database::Engine;
use crate::kill::{self, Drill, Kills, Report};

/// Limit of the median start; the machine may be busy during the others.
const READY_WITHIN: Duration = Duration::from_secs(2);

pub(super) async fn sqlite(setup: &Setup<'_>) -> Result<Findings> {
    run(setup, Engine::Sqlite, 1, times(setup)).await
}

pub(super) async fn postgres(setup: &Setup<'_>) -> Result<Findings> {
    run(setup, Engine::Postgres, 1, times(setup)).await
}

pub(super) async fn three(setup: &Setup<'_>) -> Result<Findings> {
    let kills = Kills::EachSecondFor(Duration::from_secs(if setup.quick { 5 } else { 120 }));
    run(setup, Engine::Postgres, 3, kills).await
}

fn times(setup: &Setup<'_>) -> Kills {
    Kills::Times(if setup.quick { 5 } else { 200 })
}

async fn run(setup: &Setup<'_>, engine: Engine, servers: usize, kills: Kills) -> Result<Findings> {
    let report = kill::run(setup.given, &Drill { engine, servers, kills, seed: setup.seed }).await?;
    let text = format!("  {}\n", report.sentence());
    Ok(Findings::Measured { checks: checks(&report), text, figures: report.figures() })
}

fn checks(report: &Report) -> Vec<Check> {
    vec![
        // A drill that lost an event fails without a report.
        Check::at_most(format!("events lost, of {}", report.events), 0, 0),
        Check::time("ready again, median", report.usual_start(), READY_WITHIN),
    ]
}

//! Servers that are killed at random times under a stream of webhooks.

use std::time::Duration;

use anyhow::Result;

use super::{Check, PartResult, Setup};
use crate::database::DatabaseEngine;
use crate::kill::{self, Drill, KillReport, Kills};

/// Limit of the median start; the machine may be busy during the others.
const READY_WITHIN: Duration = Duration::from_secs(2);

pub(super) async fn sqlite(setup: &Setup<'_>) -> Result<PartResult> {
    run(setup, DatabaseEngine::Sqlite, 1, times(setup)).await
}

pub(super) async fn postgres(setup: &Setup<'_>) -> Result<PartResult> {
    run(setup, DatabaseEngine::Postgres, 1, times(setup)).await
}

pub(super) async fn three(setup: &Setup<'_>) -> Result<PartResult> {
    let kills = Kills::EachSecondFor(Duration::from_secs(if setup.quick { 5 } else { 120 }));
    run(setup, DatabaseEngine::Postgres, 3, kills).await
}

fn times(setup: &Setup<'_>) -> Kills {
    Kills::Times(if setup.quick { 5 } else { 200 })
}

async fn run(setup: &Setup<'_>, engine: DatabaseEngine, servers: usize, kills: Kills) -> Result<PartResult> {
    let report = kill::run(setup.inputs, &Drill { engine, servers, kills, seed: setup.seed }).await?;
    let text = format!("  {}\n", report.sentence());
    Ok(PartResult::Measured { checks: checks(&report), text, figures: report.figures() })
}

fn checks(report: &KillReport) -> Vec<Check> {
    vec![
        Check::at_most(format!("events lost, of {}", report.events), report.lost_events(), 0),
        Check::time("ready again, median", report.median_restart(), READY_WITHIN),
    ]
}

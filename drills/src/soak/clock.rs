//! The server's wall clock is stepped back and ahead, and corrected, while customers relink and webhooks arrive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use super::check::Check;
use super::{Findings, Setup, tell_problem};
use crate::click::{Clicker, Clicks};
use crate::clock;
use crate::database::{Database, Engine};
use crate::probe::{Answers, Probe};
use crate::server::Recipe;
use crate::server_clock::SteppedClock;
use crate::stripe::{Mood, Stripe};
use crate::webhooks::Webhooks;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const YEAR: i64 = 365 * 24 * HOUR;
/// Steps of the clock, in milliseconds ahead of the right time.
const STEPS: [(&str, i64); 6] = [
    ("one hour back", -HOUR),
    ("corrected from one hour back", 0),
    ("three seconds back", -3 * SECOND),
    ("corrected from three seconds back", 0),
    ("one year ahead", YEAR),
    ("corrected from one year ahead", 0),
];
/// Number of steps of a short run, which takes the last ones.
const QUICK_STEPS: usize = 2;
/// Maximum time for which requests may fail after a step: the longest wait of a call to Stripe for its turn, with a
/// margin.
const LONGEST_TROUBLE: Duration = Duration::from_secs(5);
/// Time between two steps. Requests that fail until its end have failed for longer than is allowed.
const PHASE: Duration = Duration::from_secs(7);
/// Time limit, after the last step, for reading every account whose event was acknowledged.
const LONGEST_BACKLOG: Duration = Duration::from_secs(30);
const CLICK_EACH: Duration = Duration::from_millis(500);
const WEBHOOK_EACH: Duration = Duration::from_millis(250);
/// Number of accounts that webhooks are about.
const TOLD: usize = 20;

/// Steps the clock, and finally restarts the server with the right time.
pub(super) async fn run(setup: &Setup<'_>) -> Result<Findings> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let stepped = SteppedClock::build(folder.path()).await?;
    let database = Database::create(Engine::Sqlite, &setup.given.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(setup.given, folder.path()).await?);
    let steps = STEPS.get(if setup.quick { STEPS.len() - QUICK_STEPS } else { 0 }..).unwrap_or_default();
    let to_click = accounts_to_click(steps.len() + 1);
    let mut accounts = stripe.add(to_click + TOLD, Mood::Broken).await?;
    let told = accounts.split_off(to_click);
    let recipe = stepped.give(Recipe::new(setup.given, folder.path(), &database.url, &stripe.host)?);
    let (server, _) = recipe.start().await?;
    let webhooks = Webhooks::new(server.host(), "Clock", told, Some(&stripe), &stepped.clock)?;
    let ledger = webhooks.ledger.clone();
    // Each customer has two accounts: the first one is repaired.
    let accounts = accounts.into_iter().step_by(2).collect();
    let clicker = Clicker::visitor(server.host(), &stripe)?;
    let clicks = Probe::start(Clicks { clicker, accounts, clock: stepped.clock.clone() }, CLICK_EACH);
    let probes = Probes { clicks, webhooks: Probe::start(webhooks, WEBHOOK_EACH) };
    sleep(LONGEST_TROUBLE).await;
    let mut checks = Vec::new();
    for (name, milliseconds) in steps {
        stepped.step(*milliseconds)?;
        checks.extend(probes.phase(name).await);
    }
    let (server, _) = server.kill().await?.start().await?;
    checks.extend(probes.phase("restarted with the right time").await);
    probes.clicks.stop().await?;
    probes.webhooks.stop().await?;
    let differing = ledger.differing(&server, &stripe, LONGEST_BACKLOG).await?;
    checks.push(Check::at_most("accounts whose acknowledged change was not read after 30 s", differing, 0));
    server.stop().await?;
    checks.push(Check::at_most("acknowledged events lost", ledger.lost(&database).await?, 0));
    database.check().await?;
    Ok(Findings::checks(checks))
}

/// Returns the number of accounts for this number of phases, the time before them, and a slow restart: two per
/// relink.
fn accounts_to_click(phases: usize) -> usize {
    let length = PHASE * u32::try_from(phases + 2).unwrap_or(u32::MAX);
    usize::try_from(length.as_millis() / CLICK_EACH.as_millis()).unwrap_or(usize::MAX) * 2
}

struct Probes {
    clicks: Probe,
    webhooks: Probe,
}

impl Probes {
    /// Waits for a phase that begins now, and returns for how long requests failed in it.
    async fn phase(&self, name: &str) -> [Check; 2] {
        let began = clock::tick();
        sleep(PHASE).await;
        [("clicks", &self.clicks), ("webhooks", &self.webhooks)]
            .map(|(kind, probe)| trouble(&format!("{name}: {kind}"), &probe.answers().since(began), began))
    }
}

fn trouble(what: &str, answers: &Answers, began: Instant) -> Check {
    let (failed, limited) = (answers.failed(), answers.refused_with(429));
    let what = format!("{what} fail for ({failed} of {}, {limited} with 429)", answers.count());
    tell_problem(&what, answers);
    // A phase without any success has failed to its end.
    let time = if answers.first_success(began).is_ok() { answers.last_failure(began) } else { PHASE };
    Check::time(what, time, LONGEST_TROUBLE)
}

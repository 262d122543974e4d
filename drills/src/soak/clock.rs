//! The server's wall clock is stepped back and ahead, and corrected, while customers relink and webhooks arrive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use super::check::Check;
use super::{PartResult, Setup, print_first_failure};
use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::probe::{Probe, Samples};
use crate::relink_client::{CustomerClient, Relinks};
use crate::server::ServerSettings;
use crate::server_clock::SteppedClock;
use crate::stripe::{AccountState, Stripe};
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
const MAX_FAILURE_TIME: Duration = Duration::from_secs(5);
/// Time between two steps. Requests that fail until its end have failed for longer than is allowed.
const PHASE: Duration = Duration::from_secs(7);
/// Time limit, after the last step, for reading every account whose event was acknowledged.
const MAX_BACKLOG: Duration = Duration::from_secs(30);
const RELINK_INTERVAL: Duration = Duration::from_millis(500);
const WEBHOOK_INTERVAL: Duration = Duration::from_millis(250);
/// Number of accounts that webhooks are about.
const WEBHOOK_ACCOUNTS: usize = 20;

/// Steps the clock, and finally restarts the server with the right time.
pub(super) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let stepped = SteppedClock::build(folder.path()).await?;
    let database = Database::create(DatabaseEngine::Sqlite, &setup.inputs.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(setup.inputs, folder.path()).await?);
    let steps = STEPS.get(if setup.quick { STEPS.len() - QUICK_STEPS } else { 0 }..).unwrap_or_default();
    let relink_accounts = relink_accounts_for(steps.len() + 1);
    let mut accounts = stripe.add(relink_accounts + WEBHOOK_ACCOUNTS, AccountState::Broken).await?;
    let webhook_accounts = accounts.split_off(relink_accounts);
    let settings =
        stepped.apply_to(ServerSettings::new(setup.inputs, folder.path(), &database.url, &stripe.host)?);
    let (server, _) = settings.start().await?;
    let webhooks = Webhooks::new(server.host(), "Clock", webhook_accounts, Some(&stripe), &stepped.clock)?;
    let acknowledged = webhooks.acknowledged.clone();
    // Each customer has two accounts: the first one is repaired.
    let accounts = accounts.into_iter().step_by(2).collect();
    let customer = CustomerClient::with_new_connections(server.host(), &stripe)?;
    let relinks = Probe::start(Relinks { customer, accounts, clock: stepped.clock.clone() }, RELINK_INTERVAL);
    let probes = Probes { relinks, webhooks: Probe::start(webhooks, WEBHOOK_INTERVAL) };
    sleep(MAX_FAILURE_TIME).await;
    let mut checks = Vec::new();
    for (name, milliseconds) in steps {
        stepped.step(*milliseconds)?;
        checks.extend(probes.phase(name).await);
    }
    let (server, _) = server.kill()?.start().await?;
    checks.extend(probes.phase("restarted with the right time").await);
    probes.relinks.stop().await?;
    probes.webhooks.stop().await?;
    let differing = acknowledged.wait_for_equal_states(&server, &stripe, MAX_BACKLOG).await?;
    checks.push(Check::at_most("accounts whose acknowledged change was not read after 30 s", differing, 0));
    server.stop().await?;
    checks.push(Check::at_most("acknowledged events lost", acknowledged.lost(&database).await?, 0));
    database.check().await?;
    Ok(PartResult::checks(checks))
}

/// Returns the number of accounts for this number of phases, the time before them, and a slow restart: two per
/// relink.
fn relink_accounts_for(phases: usize) -> usize {
    let length = PHASE * u32::try_from(phases + 2).unwrap_or(u32::MAX);
    usize::try_from(length.as_millis() / RELINK_INTERVAL.as_millis()).unwrap_or(usize::MAX) * 2
}

struct Probes {
    relinks: Probe,
    webhooks: Probe,
}

impl Probes {
    /// Waits for a phase that begins now, and returns for how long requests failed in it.
    async fn phase(&self, name: &str) -> [Check; 2] {
        let began = clock::tick();
        sleep(PHASE).await;
        [("clicks", &self.relinks), ("webhooks", &self.webhooks)].map(|(kind, probe)| {
            failure_time(&format!("{name}: {kind}"), &probe.samples().since(began), began)
        })
    }
}

fn failure_time(what: &str, samples: &Samples, began: Instant) -> Check {
    let (failed, limited) = (samples.failed(), samples.refused_with(429));
    let what = format!("{what} fail for ({failed} of {}, {limited} with 429)", samples.count());
    print_first_failure(&what, samples);
    // A phase without any success has failed to its end.
    let time = if samples.first_success(began).is_ok() { samples.last_failure(began) } else { PHASE };
    Check::time(what, time, MAX_FAILURE_TIME)
}

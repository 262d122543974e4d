//! Two servers on one PostgreSQL; the wall clock of one is ten seconds ahead.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::check::Check;
use super::{PartResult, Setup, print_first_failure};
use crate::database::{Database, DatabaseEngine};
use crate::probe::Probe;
use crate::relink_client::{CustomerClient, Relinks};
use crate::server::{Server, ServerSettings};
use crate::server_clock::{ServerClock, SteppedClock};
use crate::stripe::{Account, AccountState, Stripe};
use crate::webhooks::{AcknowledgedEvents, Webhooks};

const AHEAD: i64 = 10_000;
const MAX_WAIT: Duration = Duration::from_secs(1);
const MAX_BACKLOG: Duration = Duration::from_secs(30);
const RELINK_INTERVAL: Duration = Duration::from_millis(800);
const WEBHOOK_INTERVAL: Duration = Duration::from_millis(500);
const FULL_LENGTH: Duration = Duration::from_mins(1);
const QUICK_LENGTH: Duration = Duration::from_secs(8);
/// Number of accounts per server that webhooks are about.
const WEBHOOK_ACCOUNTS: usize = 20;

/// Lets customers relink on both servers, and sends webhooks to both.
pub(super) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let stepped = SteppedClock::build(folder.path()).await?;
    stepped.step(AHEAD)?;
    let database = Database::create(DatabaseEngine::Postgres, &setup.inputs.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(setup.inputs, folder.path()).await?);
    let length = if setup.quick { QUICK_LENGTH } else { FULL_LENGTH };
    let each = accounts_of_each(length);
    let mut accounts = stripe.add(each * 2, AccountState::Broken).await?;
    let half = accounts.split_off(each);
    let settings = || ServerSettings::new(setup.inputs, folder.path(), &database.url, &stripe.host);
    let (right, _) = settings()?.start().await?;
    let (ahead, _) = stepped.apply_to(settings()?).start().await?;
    let servers = [
        ServerUnderLoad::start("the right clock", &right, &stripe, accounts, &ServerClock::default())?,
        ServerUnderLoad::start("the clock ahead", &ahead, &stripe, half, &stepped.clock)?,
    ];
    sleep(length).await;
    let [one, other] = servers;
    let ((mut checks, one), (more, other)) = tokio::try_join!(one.finish(), other.finish())?;
    checks.extend(more);
    for acknowledged in [one, other] {
        let differing = acknowledged.wait_for_equal_states(&right, &stripe, MAX_BACKLOG).await?;
        checks.push(Check::at_most(
            "accounts whose acknowledged change was not read after 30 s",
            differing,
            0,
        ));
    }
    right.stop().await?;
    ahead.stop().await?;
    database.remove().await?;
    Ok(PartResult::checks(checks))
}

/// Returns the number of accounts per server: two for each relink, and those that webhooks are about.
fn accounts_of_each(length: Duration) -> usize {
    usize::try_from(length.as_millis() / RELINK_INTERVAL.as_millis() + 2).unwrap_or(usize::MAX) * 2
        + WEBHOOK_ACCOUNTS
}

/// Server with its traffic.
struct ServerUnderLoad {
    name: &'static str,
    relinks: Probe,
    webhooks: Probe,
    acknowledged: AcknowledgedEvents,
}

impl ServerUnderLoad {
    fn start(
        name: &'static str,
        server: &Server,
        stripe: &Arc<Stripe>,
        mut accounts: Vec<Account>,
        clock: &ServerClock,
    ) -> Result<Self> {
        let webhook_accounts = accounts.split_off(accounts.len() - WEBHOOK_ACCOUNTS);
        // The IDs of the two servers' events must differ.
        let prefix = if name.ends_with("ahead") { "Ahead" } else { "Right" };
        let webhooks = Webhooks::new(server.host(), prefix, webhook_accounts, Some(stripe), clock)?;
        let acknowledged = webhooks.acknowledged.clone();
        // Each customer has two accounts: the first one is repaired.
        let accounts = accounts.into_iter().step_by(2).collect();
        let relinks = Relinks {
            customer: CustomerClient::with_new_connections(server.host(), stripe)?,
            accounts,
            clock: clock.clone(),
        };
        let (relinks, webhooks) =
            (Probe::start(relinks, RELINK_INTERVAL), Probe::start(webhooks, WEBHOOK_INTERVAL));
        Ok(Self { name, relinks, webhooks, acknowledged })
    }

    async fn finish(self) -> Result<(Vec<Check>, AcknowledgedEvents)> {
        let mut checks = Vec::new();
        let (relinks, webhooks) = tokio::try_join!(self.relinks.stop(), self.webhooks.stop())?;
        for (kind, samples) in [("clicks", relinks), ("webhooks", webhooks)] {
            let what = format!("server with {}: {kind}", self.name);
            print_first_failure(&what, &samples);
            checks.push(Check::at_most(
                format!("{what} that failed, of {}", samples.count()),
                samples.failed(),
                0,
            ));
            checks.push(Check::time(format!("{what}, p99"), samples.times().percentile(99), MAX_WAIT));
        }
        Ok((checks, self.acknowledged))
    }
}

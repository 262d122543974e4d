//! Two servers on one PostgreSQL; the wall clock of one is ten seconds ahead.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::check::Check;
use super::{Findings, Setup, tell_problem};
use crate::click::{Clicker, Clicks};
use crate::database::{Database, Engine};
use crate::probe::Probe;
use crate::server::{Recipe, Server};
use crate::server_clock::{ServerClock, SteppedClock};
use crate::stripe::{Account, Mood, Stripe};
use crate::webhooks::{Ledger, Webhooks};

const AHEAD: i64 = 10_000;
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_BACKLOG: Duration = Duration::from_secs(30);
const CLICK_EACH: Duration = Duration::from_millis(800);
const WEBHOOK_EACH: Duration = Duration::from_millis(500);
const FULL: Duration = Duration::from_mins(1);
const QUICK: Duration = Duration::from_secs(8);
/// Number of accounts per server that webhooks are about.
const TOLD: usize = 20;

/// Lets customers relink on both servers, and sends webhooks to both.
pub(super) async fn run(setup: &Setup<'_>) -> Result<Findings> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let stepped = SteppedClock::build(folder.path()).await?;
    stepped.step(AHEAD)?;
    let database = Database::create(Engine::Postgres, &setup.given.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(setup.given, folder.path()).await?);
    let length = if setup.quick { QUICK } else { FULL };
    let each = accounts_of_each(length);
    let mut accounts = stripe.add(each * 2, Mood::Broken).await?;
    let half = accounts.split_off(each);
    let recipe = || Recipe::new(setup.given, folder.path(), &database.url, &stripe.host);
    let (right, _) = recipe()?.start().await?;
    let (ahead, _) = stepped.give(recipe()?).start().await?;
    let visited = [
        Visited::start("the right clock", &right, &stripe, accounts, &ServerClock::default())?,
        Visited::start("the clock ahead", &ahead, &stripe, half, &stepped.clock)?,
    ];
    sleep(length).await;
    let [one, other] = visited;
    let ((mut checks, one), (more, other)) = tokio::try_join!(one.finish(), other.finish())?;
    checks.extend(more);
    for ledger in [one, other] {
        let differing = ledger.differing(&right, &stripe, LONGEST_BACKLOG).await?;
        checks.push(Check::at_most(
            "accounts whose acknowledged change was not read after 30 s",
            differing,
            0,
        ));
    }
    right.stop().await?;
    ahead.stop().await?;
    database.remove().await?;
    Ok(Findings::checks(checks))
}

/// Returns the number of accounts per server: two for each relink, and those that webhooks are about.
fn accounts_of_each(length: Duration) -> usize {
    usize::try_from(length.as_millis() / CLICK_EACH.as_millis() + 2).unwrap_or(usize::MAX) * 2 + TOLD
}

/// Server with its traffic.
struct Visited {
    name: &'static str,
    clicks: Probe,
    webhooks: Probe,
    ledger: Ledger,
}

impl Visited {
    fn start(
        name: &'static str,
        server: &Server,
        stripe: &Arc<Stripe>,
        mut accounts: Vec<Account>,
        clock: &ServerClock,
    ) -> Result<Self> {
        let told = accounts.split_off(accounts.len() - TOLD);
        // The IDs of the two servers' events must differ.
        let prefix = if name.ends_with("ahead") { "Ahead" } else { "Right" };
        let webhooks = Webhooks::new(server.host(), prefix, told, Some(stripe), clock)?;
        let ledger = webhooks.ledger.clone();
        // Each customer has two accounts: the first one is repaired.
        let accounts = accounts.into_iter().step_by(2).collect();
        let clicks =
            Clicks { clicker: Clicker::visitor(server.host(), stripe)?, accounts, clock: clock.clone() };
        let (clicks, webhooks) = (Probe::start(clicks, CLICK_EACH), Probe::start(webhooks, WEBHOOK_EACH));
        Ok(Self { name, clicks, webhooks, ledger })
    }

    async fn finish(self) -> Result<(Vec<Check>, Ledger)> {
        let mut checks = Vec::new();
        let (clicks, webhooks) = tokio::try_join!(self.clicks.stop(), self.webhooks.stop())?;
        for (kind, answers) in [("clicks", clicks), ("webhooks", webhooks)] {
            let what = format!("server with {}: {kind}", self.name);
            tell_problem(&what, &answers);
            checks.push(Check::at_most(
                format!("{what} that failed, of {}", answers.count()),
                answers.failed(),
                0,
            ));
            checks.push(Check::time(format!("{what}, p99"), answers.times().at(99), LONGEST_WAIT));
        }
        Ok((checks, self.ledger))
    }
}

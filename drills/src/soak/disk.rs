//! The disk under SQLite fills up and is freed again, while webhooks, customers and requests for emails arrive.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::check::Check;
use super::tmpfs::Tmpfs;
use super::{Findings, Setup, tell_problem};
use crate::click::Clicker;
use crate::clock;
use crate::database::{Database, Engine};
use crate::post::PostOffice;
use crate::probe::{Answers, Probe, Request, ask, visitor};
use crate::server::{API_KEY, Recipe, Server};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, Mood, Stripe};
use crate::wait::until;
use crate::webhooks::Webhooks;

const DISK: u64 = 16 * 1024 * 1024;
/// Time limit from free space on the disk to the first 2xx.
const LONGEST_RECOVERY: Duration = Duration::from_secs(5);
/// Timeout of a recovery. A server that has not recovered by then counts as one that took this long.
const GIVEN_UP: Duration = Duration::from_secs(20);
/// Timeout until writes fail: the write-ahead log has some free space of its own, so they don't fail at once.
const LONGEST_UNTIL_FULL: Duration = Duration::from_mins(1);
const FULL_FOR: Duration = Duration::from_secs(2);
const WEBHOOK_EACH: Duration = Duration::from_millis(20);
const CUSTOMER_EACH: Duration = Duration::from_secs(1);
const MAIL_EACH: Duration = Duration::from_millis(500);
const LOOK_EACH: Duration = Duration::from_millis(100);
/// Number of accounts. An email can be requested once per account; the others are relinked, or webhooks are about
/// them.
const ACCOUNTS: usize = 420;
const MAILED: usize = 200;
const TOLD: usize = 20;

/// Fills and frees the disk three times, or once in a short run.
pub(super) async fn run(setup: &Setup<'_>) -> Result<Findings> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let disk = match Tmpfs::mount(&folder.path().join("disk"), DISK) {
        Ok(disk) => disk,
        Err(error) => {
            return Ok(Findings::Skipped(format!("needs a small tmpfs, so root on Linux: {error:#}")));
        }
    };
    let database = Database::create(Engine::Sqlite, &setup.given.postgres, disk.folder()).await?;
    let stripe = Arc::new(Stripe::start(setup.given, folder.path()).await?);
    let accounts = stripe.add(ACCOUNTS, Mood::Broken).await?;
    let office = PostOffice::start().await?;
    let recipe = Recipe::new(setup.given, folder.path(), &database.url, &stripe.host)?;
    let public = format!("http://{}", recipe.host);
    let recipe = recipe
        .with("RELINK_PUBLIC_URL", public)
        .with("RELINK_SMTP_URL", office.url.as_str())
        .with("RELINK_MAIL_FROM", "Drill <drill@northwind.example>");
    let (server, _) = recipe.start().await?;
    let traffic = Traffic::start(&server, &stripe, accounts)?;
    let mut recoveries = Vec::new();
    for _ in 0..if setup.quick { 1 } else { 3 } {
        let recovery = traffic.fill_and_free(&disk).await?;
        recoveries.push(recovery);
        if recovery.iter().any(|(_, time)| *time >= GIVEN_UP) {
            break;
        }
    }
    let mut checks = worst(&recoveries);
    checks.extend(traffic.finish(server, &database).await?);
    database.check().await?;
    checks.push(Check::at_most("damage found by integrity_check", 0, 0));
    Ok(Findings::checks(checks))
}

/// Continuous traffic to the server.
struct Traffic {
    webhooks: Webhooks,
    mails: Mails,
    probes: [(&'static str, Probe); 5],
}

/// Time from free space on the disk to the first 2xx of each kind of request.
type Recovery = [(&'static str, Duration); 5];

impl Traffic {
    fn start(server: &Server, stripe: &Arc<Stripe>, mut accounts: Vec<Account>) -> Result<Self> {
        let clock = ServerClock::default();
        let mailed = accounts.split_off(ACCOUNTS - MAILED);
        let told = accounts.split_off(ACCOUNTS - MAILED - TOLD);
        let webhooks = Webhooks::new(server.host(), "Disk", told, None, &clock)?;
        let mails = Mails::new(server.host(), mailed)?;
        // Each customer has two accounts: the first one is repaired.
        let accounts: Vec<_> = accounts.into_iter().step_by(2).collect();
        let customer = Clicker::visitor(server.host(), stripe)?;
        let (page, session) = (Page(customer.clone(), accounts.clone()), Session(customer, accounts));
        let ready = Ready { client: visitor()?, url: format!("http://{}/readyz", server.host()) };
        let probes = [
            ("webhooks", Probe::start(webhooks.clone(), WEBHOOK_EACH)),
            ("pages", Probe::start(page, CUSTOMER_EACH)),
            ("sessions", Probe::start(session, CUSTOMER_EACH)),
            ("requests for a mail", Probe::start(mails.clone(), MAIL_EACH)),
            ("/readyz", Probe::start(ready, LOOK_EACH)),
        ];
        Ok(Self { webhooks, mails, probes })
    }

    async fn fill_and_free(&self, disk: &Tmpfs) -> Result<Recovery> {
        self.all_answered().await.context("before the disk was full")?;
        disk.fill()?;
        let full = clock::tick();
        until(LONGEST_UNTIL_FULL, async || {
            // Also fill the space that the server frees by itself, such as pages of its log.
            disk.fill()?;
            for (name, probe) in &self.probes {
                // A page need not write. The status of the other refusals is checked at the end.
                let refused = *name == "pages" || probe.answers().since(full).failed() > 0;
                ensure!(refused, "{name}: nothing is refused on a full disk");
            }
            Ok(())
        })
        .await?;
        sleep(FULL_FOR).await;
        disk.free()?;
        let freed = clock::tick();
        let recovered = async || {
            for (name, probe) in &self.probes {
                probe.answers().first_success(freed).context(*name)?;
            }
            Ok(())
        };
        // A request that has not recovered fails the checks below.
        let _ = until(GIVEN_UP, recovered).await;
        Ok(self
            .probes
            .each_ref()
            .map(|(name, probe)| (*name, probe.answers().first_success(freed).unwrap_or(GIVEN_UP))))
    }

    /// Waits until every kind of request succeeds.
    async fn all_answered(&self) -> Result<()> {
        let now = clock::tick();
        until(GIVEN_UP, async || {
            for (name, probe) in &self.probes {
                let answers = probe.answers();
                let problem = answers.first_problem().unwrap_or_default().to_owned();
                answers.first_success(now).with_context(|| format!("{name}: {problem}"))?;
            }
            Ok(())
        })
        .await
    }

    /// Checks that everything acknowledged is stored, and that all failures were 503.
    async fn finish(self, server: Server, database: &Database) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        for (name, probe) in self.probes {
            let answers = probe.stop().await?;
            checks.push(other_failures(name, &answers));
        }
        let lost_mails = self.mails.lost(&server).await?;
        server.stop().await?;
        checks.push(Check::at_most(
            "acknowledged events lost",
            self.webhooks.ledger.lost(database).await?,
            0,
        ));
        checks.push(Check::at_most("acknowledged requests for a mail lost", lost_mails, 0));
        Ok(checks)
    }
}

fn worst(recoveries: &[Recovery]) -> Vec<Check> {
    let Some(first) = recoveries.first() else { return Vec::new() };
    let longest =
        |place: usize| recoveries.iter().filter_map(|one| one.get(place)).map(|(_, time)| *time).max();
    let check = |(place, (name, _)): (usize, &(&str, Duration))| {
        let what = format!("{name}: first 2xx after there was room");
        Check::time(what, longest(place).unwrap_or_default(), LONGEST_RECOVERY)
    };
    first.iter().enumerate().map(check).collect()
}

fn other_failures(name: &str, answers: &Answers) -> Check {
    tell_problem(name, answers);
    let others = answers.failed() - answers.refused_with(503);
    Check::at_most(format!("{name}: answers other than 2xx and 503, of {}", answers.count()), others, 0)
}

/// Probe request that opens the page as one customer after the other.
struct Page(Clicker, Vec<Account>);

impl Request for Page {
    async fn send(&self, number: usize) -> Result<Duration> {
        self.0.open(self.1.get(number).context("there is no customer left")?).await
    }
}

/// Probe request that begins a relink of one account after the other.
struct Session(Clicker, Vec<Account>);

impl Request for Session {
    async fn send(&self, number: usize) -> Result<Duration> {
        let (_, took) = self.0.begin(self.1.get(number).context("there is no account left")?).await?;
        Ok(took)
    }
}

struct Ready {
    client: Client,
    url: String,
}

impl Request for Ready {
    async fn send(&self, _: usize) -> Result<Duration> {
        ask(self.client.get(&self.url)).await.map(|(_, took)| took)
    }
}

/// Probe request for an email about one account after the other.
#[derive(Clone)]
struct Mails {
    client: Client,
    url: String,
    accounts: Vec<Account>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
}

impl Mails {
    fn new(host: &str, accounts: Vec<Account>) -> Result<Self> {
        let url = format!("http://{host}/v1/relink-requests");
        Ok(Self { client: visitor()?, url, accounts, acknowledged: Arc::default() })
    }

    /// Returns the number of acknowledged requests that the server does not know.
    async fn lost(&self, server: &Server) -> Result<usize> {
        let acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lost = 0;
        for id in acknowledged {
            lost += usize::from(server.ask(&format!("/v1/relink-requests/{id}")).await.is_err());
        }
        Ok(lost)
    }
}

impl Request for Mails {
    async fn send(&self, number: usize) -> Result<Duration> {
        let account = self.accounts.get(number).context("there is no account left to mail about")?;
        let email = format!("{}@mail.example", account.id);
        let body = json!({ "account": account.id, "delivery": "email", "email": email });
        let request = self.client.post(&self.url).bearer_auth(API_KEY).json(&body);
        let (body, took) = ask(request).await?;
        let made: Value = serde_json::from_str(&body)?;
        let id = made.get("id").and_then(Value::as_str).context("a request without an id")?.to_owned();
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        Ok(took)
    }
}

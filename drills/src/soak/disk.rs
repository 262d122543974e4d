//! The disk under SQLite fills up and is freed again, while webhooks, customers and requests for emails arrive.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use relink_test_kit::SmtpStub;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::check::Check;
use super::tmpfs::Tmpfs;
use super::{PartResult, Setup, print_first_failure};
use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::poll::until;
use crate::probe::{Probe, Request, Samples, one_shot_client, send};
use crate::relink_client::CustomerClient;
use crate::server::{API_KEY, Server, ServerSettings};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, AccountState, Stripe};
use crate::webhooks::Webhooks;

const DISK: u64 = 16 * 1024 * 1024;
/// Time limit from free space on the disk to the first 2xx.
const MAX_RECOVERY: Duration = Duration::from_secs(5);
/// Timeout of a recovery. A server that has not recovered by then counts as one that took this long.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(20);
/// Timeout until writes fail: the write-ahead log has some free space of its own, so they don't fail at once.
const FULL_TIMEOUT: Duration = Duration::from_mins(1);
const FULL_FOR: Duration = Duration::from_secs(2);
const WEBHOOK_INTERVAL: Duration = Duration::from_millis(20);
const CUSTOMER_INTERVAL: Duration = Duration::from_secs(1);
const EMAIL_INTERVAL: Duration = Duration::from_millis(500);
const READINESS_INTERVAL: Duration = Duration::from_millis(100);
/// Number of accounts. An email can be requested once per account; the others are relinked, or webhooks are about
/// them.
const ACCOUNTS: usize = 420;
const EMAIL_ACCOUNTS: usize = 200;
const WEBHOOK_ACCOUNTS: usize = 20;

/// Fills and frees the disk three times, or once in a short run.
pub(super) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let disk = match Tmpfs::mount(&folder.path().join("disk"), DISK) {
        Ok(disk) => disk,
        Err(error) => {
            return Ok(PartResult::Skipped(format!("needs a small tmpfs, so root on Linux: {error:#}")));
        }
    };
    let database = Database::create(DatabaseEngine::Sqlite, &setup.inputs.postgres, disk.folder()).await?;
    let stripe = Arc::new(Stripe::start(setup.inputs, folder.path()).await?);
    let accounts = stripe.add(ACCOUNTS, AccountState::Broken).await?;
    let smtp = SmtpStub::start().await?;
    let settings = ServerSettings::new(setup.inputs, folder.path(), &database.url, &stripe.host)?;
    let public = format!("http://{}", settings.host);
    let settings = settings
        .with("RELINK_PUBLIC_URL", public)
        .with("RELINK_SMTP_URL", smtp.url())
        .with("RELINK_MAIL_FROM", "Drill <drill@northwind.example>");
    let (server, _) = settings.start().await?;
    let traffic = Traffic::start(&server, &stripe, accounts)?;
    let mut recoveries = Vec::new();
    for _ in 0..if setup.quick { 1 } else { 3 } {
        let recovery = traffic.fill_and_free(&disk).await?;
        recoveries.push(recovery);
        if recovery.iter().any(|(_, time)| *time >= RECOVERY_TIMEOUT) {
            break;
        }
    }
    let mut checks = recovery_checks(&recoveries);
    checks.extend(traffic.finish(server, &database).await?);
    let damage = database.damage().await?;
    if let Some(problem) = damage.first() {
        eprintln!("SQLite's file is damaged: {problem}");
    }
    checks.push(Check::at_most("problems found by integrity_check", damage.len(), 0));
    Ok(PartResult::checks(checks))
}

/// Continuous traffic to the server.
struct Traffic {
    webhooks: Webhooks,
    email_requests: EmailRequests,
    probes: [(&'static str, Probe); 5],
}

/// Time from free space on the disk to the first 2xx of each kind of request.
type RecoveryTimes = [(&'static str, Duration); 5];

impl Traffic {
    fn start(server: &Server, stripe: &Arc<Stripe>, mut accounts: Vec<Account>) -> Result<Self> {
        let clock = ServerClock::default();
        let email_accounts = accounts.split_off(ACCOUNTS - EMAIL_ACCOUNTS);
        let webhook_accounts = accounts.split_off(ACCOUNTS - EMAIL_ACCOUNTS - WEBHOOK_ACCOUNTS);
        let webhooks = Webhooks::new(server.host(), "Disk", webhook_accounts, None, &clock)?;
        let email_requests = EmailRequests::new(server.host(), email_accounts)?;
        // Each customer has two accounts: the first one is repaired.
        let accounts: Vec<_> = accounts.into_iter().step_by(2).collect();
        let customer = CustomerClient::with_new_connections(server.host(), stripe)?;
        let (pages, sessions) = (PageLoads(customer.clone(), accounts.clone()), Sessions(customer, accounts));
        let readiness =
            ReadinessChecks { client: one_shot_client()?, url: format!("http://{}/readyz", server.host()) };
        let probes = [
            ("webhooks", Probe::start(webhooks.clone(), WEBHOOK_INTERVAL)),
            ("pages", Probe::start(pages, CUSTOMER_INTERVAL)),
            ("sessions", Probe::start(sessions, CUSTOMER_INTERVAL)),
            ("email requests", Probe::start(email_requests.clone(), EMAIL_INTERVAL)),
            ("/readyz", Probe::start(readiness, READINESS_INTERVAL)),
        ];
        Ok(Self { webhooks, email_requests, probes })
    }

    async fn fill_and_free(&self, disk: &Tmpfs) -> Result<RecoveryTimes> {
        self.wait_for_successes().await.context("before the disk was full")?;
        disk.fill()?;
        let full = clock::tick();
        until(FULL_TIMEOUT, async || {
            // Also fill the space that the server frees by itself, such as pages of its log.
            disk.fill()?;
            for (name, probe) in &self.probes {
                // A page need not write. The status of the other refusals is checked at the end.
                let refused = *name == "pages" || probe.samples().since(full).failed() > 0;
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
                probe.samples().first_success(freed).context(*name)?;
            }
            Ok(())
        };
        // A request that has not recovered fails the checks below.
        let _ = until(RECOVERY_TIMEOUT, recovered).await;
        Ok(self
            .probes
            .each_ref()
            .map(|(name, probe)| (*name, probe.samples().first_success(freed).unwrap_or(RECOVERY_TIMEOUT))))
    }

    /// Waits until every kind of request succeeds.
    async fn wait_for_successes(&self) -> Result<()> {
        let now = clock::tick();
        until(RECOVERY_TIMEOUT, async || {
            for (name, probe) in &self.probes {
                let samples = probe.samples();
                let problem = samples.first_problem().unwrap_or_default().to_owned();
                samples.first_success(now).with_context(|| format!("{name}: {problem}"))?;
            }
            Ok(())
        })
        .await
    }

    /// Checks that everything acknowledged is stored, and that all failures were 503.
    async fn finish(self, server: Server, database: &Database) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        for (name, probe) in self.probes {
            let samples = probe.stop().await?;
            checks.push(other_failures(name, &samples));
        }
        let lost_requests = self.email_requests.lost(&server).await?;
        server.stop().await?;
        checks.push(Check::at_most(
            "acknowledged events lost",
            self.webhooks.acknowledged.lost(database).await?,
            0,
        ));
        checks.push(Check::at_most("acknowledged email requests lost", lost_requests, 0));
        Ok(checks)
    }
}

fn recovery_checks(recoveries: &[RecoveryTimes]) -> Vec<Check> {
    let Some(first) = recoveries.first() else { return Vec::new() };
    let longest =
        |place: usize| recoveries.iter().filter_map(|one| one.get(place)).map(|(_, time)| *time).max();
    let check = |(place, (name, _)): (usize, &(&str, Duration))| {
        let what = format!("{name}: first 2xx after space was freed");
        Check::time(what, longest(place).unwrap_or_default(), MAX_RECOVERY)
    };
    first.iter().enumerate().map(check).collect()
}

fn other_failures(name: &str, samples: &Samples) -> Check {
    print_first_failure(name, samples);
    let others = samples.failed() - samples.refused_with(503);
    Check::at_most(format!("{name}: answers other than 2xx and 503, of {}", samples.count()), others, 0)
}

/// Probe request that opens the page as one customer after the other.
struct PageLoads(CustomerClient, Vec<Account>);

impl Request for PageLoads {
    async fn send(&self, number: usize) -> Result<Duration> {
        self.0.open(self.1.get(number).context("there is no customer left")?).await
    }
}

/// Probe request that begins a relink of one account after the other.
struct Sessions(CustomerClient, Vec<Account>);

impl Request for Sessions {
    async fn send(&self, number: usize) -> Result<Duration> {
        let (_, took) = self.0.begin(self.1.get(number).context("there is no account left")?).await?;
        Ok(took)
    }
}

struct ReadinessChecks {
    client: Client,
    url: String,
}

impl Request for ReadinessChecks {
    async fn send(&self, _: usize) -> Result<Duration> {
        send(self.client.get(&self.url)).await.map(|(_, took)| took)
    }
}

/// Probe request for an email about one account after the other.
#[derive(Clone)]
struct EmailRequests {
    client: Client,
    url: String,
    accounts: Vec<Account>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
}

impl EmailRequests {
    fn new(host: &str, accounts: Vec<Account>) -> Result<Self> {
        let url = format!("http://{host}/v1/relink-requests");
        Ok(Self { client: one_shot_client()?, url, accounts, acknowledged: Arc::default() })
    }

    /// Returns the number of acknowledged requests that the server does not know.
    async fn lost(&self, server: &Server) -> Result<usize> {
        let acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lost = 0;
        for id in acknowledged {
            lost += usize::from(server.get(&format!("/v1/relink-requests/{id}")).await.is_err());
        }
        Ok(lost)
    }
}

impl Request for EmailRequests {
    async fn send(&self, number: usize) -> Result<Duration> {
        let account = self.accounts.get(number).context("there is no account left to email about")?;
        let email = format!("{}@mail.example", account.id);
        let body = json!({ "account": account.id, "delivery": "email", "email": email });
        let request = self.client.post(&self.url).bearer_auth(API_KEY).json(&body);
        let (body, took) = send(request).await?;
        let created: Value = serde_json::from_str(&body)?;
        let id = created.get("id").and_then(Value::as_str).context("a request without an id")?.to_owned();
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        Ok(took)
    }
}

//! Slow connections: a thousand clients at one address send nothing, or half a header, or read none of their
//! response, while customers, webhooks and health checks come from another address.

mod attack;
mod open_files;

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use tokio::time::sleep;

use self::attack::{Attack, Kind};
use self::open_files::OpenFiles;
use super::check::Check;
use super::{PartResult, Setup, print_first_failure};
use crate::database::{Database, DatabaseEngine};
use crate::poll::until;
use crate::probe::{Probe, Request, one_shot_client, send};
use crate::seed_accounts::SeedAccounts;
use crate::server::{Server, ServerSettings, token};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, Stripe};
use crate::webhooks::Webhooks;

const SEEDED: SeedAccounts = SeedAccounts { name: "Calm", per_customer: 5 };
const ACCOUNTS: u32 = 500;
const SOCKETS: usize = 1_000;
const FULL_LENGTH: Duration = Duration::from_mins(1);
const QUICK_LENGTH: Duration = Duration::from_secs(5);
const REQUEST_INTERVAL: Duration = Duration::from_millis(100);
/// Limit of every health check, and of the 99th percentile for customers and webhooks.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// Time limit after the attack for releasing memory and files.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_MEMORY_KEPT: u64 = 64 * 1024 * 1024;
const MAX_FILES_KEPT: u64 = 20;
/// File that slow readers request, larger than the kernel's buffers.
const LARGE_FILE: &str = "large.bin";
const LARGE_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Attacks in each of the three ways, one after the other.
pub(super) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(DatabaseEngine::Sqlite, &setup.inputs.postgres, folder.path()).await?;
    let stripe = Stripe::start(setup.inputs, folder.path()).await?;
    let settings = ServerSettings::new(setup.inputs, folder.path(), &database.url, &stripe.host)?;
    make_large_file(settings.web_root())?;
    let (server, _) = settings.start().await?;
    // Only now, so that the server keeps its usual limit.
    let _more = OpenFiles::raise_limit(SOCKETS as u64 * 2)?;
    SEEDED.insert(&database, 0, ACCOUNTS).await?;
    let mut checks = Vec::new();
    for kind in Kind::ALL {
        checks.extend(attacked(&server, kind, if setup.quick { QUICK_LENGTH } else { FULL_LENGTH }).await?);
    }
    server.stop().await?;
    database.check().await?;
    Ok(PartResult::checks(checks))
}

fn make_large_file(web_root: &Path) -> Result<()> {
    Ok(File::create(web_root.join(LARGE_FILE))?.set_len(LARGE_FILE_BYTES)?)
}

async fn attacked(server: &Server, kind: Kind, length: Duration) -> Result<Vec<Check>> {
    let before = Resources::of(server)?;
    let attack = Attack::start(server.host(), kind, SOCKETS);
    let probes = start_probes(server, kind)?;
    sleep(length).await;
    let mut checks = Vec::new();
    for (name, percent, probe) in probes {
        let (samples, what) = (probe.stop().await?, format!("{}: {name}", kind.name()));
        print_first_failure(&what, &samples);
        checks.push(Check::at_most(format!("{what}, failed of {}", samples.count()), samples.failed(), 0));
        let which = if percent == 100 { "longest".to_owned() } else { format!("p{percent}") };
        checks.push(Check::time(format!("{what}, {which}"), samples.times().percentile(percent), MAX_WAIT));
    }
    attack.stop().await;
    checks.extend(before.release_checks(server, kind).await?);
    Ok(checks)
}

/// Starts probes, each with the percentile to which the limit applies.
fn start_probes(server: &Server, kind: Kind) -> Result<[(&'static str, usize, Probe); 3]> {
    let accounts = (0..ACCOUNTS)
        .map(|number| Account { id: SEEDED.account(number), customer: SEEDED.customer(number) })
        .collect::<Vec<_>>();
    let page =
        Pages { client: one_shot_client()?, host: server.host().to_owned(), accounts: accounts.clone() };
    let health = Health { client: one_shot_client()?, url: format!("http://{}/healthz", server.host()) };
    let webhooks = Webhooks::new(server.host(), kind.prefix(), accounts, None, &ServerClock::default())?;
    Ok([
        ("/healthz", 100, Probe::start(health, REQUEST_INTERVAL)),
        ("customers' accounts", 99, Probe::start(page, REQUEST_INTERVAL)),
        ("webhooks", 99, Probe::start(webhooks, REQUEST_INTERVAL)),
    ])
}

/// Resources that a server holds.
#[derive(Clone, Copy, Debug)]
struct Resources {
    memory: u64,
    files: u64,
}

impl Resources {
    fn of(server: &Server) -> Result<Self> {
        Ok(Self { memory: server.program.memory()?, files: server.program.open_files()? })
    }

    /// Waits until the server has released what it must, or until the time limit.
    async fn release_checks(self, server: &Server, kind: Kind) -> Result<[Check; 2]> {
        let most_memory = self.memory + MAX_MEMORY_KEPT;
        let waited = until(RELEASE_TIMEOUT, async || {
            let now = Self::of(server)?;
            ensure!(now.memory <= most_memory && now.files <= self.files + MAX_FILES_KEPT, "{now:?}");
            Ok(now)
        });
        let now = match waited.await {
            Ok(now) => now,
            Err(_) => Self::of(server)?,
        };
        let name = kind.name();
        let memory = now.memory.saturating_sub(self.memory);
        let files = usize::try_from(now.files.saturating_sub(self.files))?;
        Ok([
            Check::memory(format!("{name}: memory kept afterwards"), memory, MAX_MEMORY_KEPT),
            Check::at_most(
                format!("{name}: open files kept afterwards"),
                files,
                usize::try_from(MAX_FILES_KEPT)?,
            ),
        ])
    }
}

struct Health {
    client: Client,
    url: String,
}

impl Request for Health {
    async fn send(&self, _: usize) -> Result<Duration> {
        send(self.client.get(&self.url)).await.map(|(_, took)| took)
    }
}

/// Probe request that reads the accounts of one customer after the other.
struct Pages {
    client: Client,
    host: String,
    accounts: Vec<Account>,
}

impl Request for Pages {
    async fn send(&self, number: usize) -> Result<Duration> {
        let account =
            self.accounts.get(number % self.accounts.len().max(1)).context("there are no accounts")?;
        let request = self.client.get(format!("http://{}/api/accounts", self.host));
        send(request.bearer_auth(token(&account.customer)?)).await.map(|(_, took)| took)
    }
}

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
use super::{Findings, Setup, tell_problem};
use crate::database::{Database, Engine};
use crate::fill::Crowd;
use crate::probe::{Probe, Request, ask, visitor};
use crate::server::{Recipe, Server, token};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, Stripe};
use crate::wait::until;
use crate::webhooks::Webhooks;

const CROWD: Crowd = Crowd { name: "Calm", each: 5 };
const ACCOUNTS: u32 = 500;
const SOCKETS: usize = 1_000;
const FULL: Duration = Duration::from_mins(1);
const QUICK: Duration = Duration::from_secs(5);
const REQUEST_EACH: Duration = Duration::from_millis(100);
/// Limit of every health check, and of the 99th percentile for customers and webhooks.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Time limit after the attack for releasing memory and files.
const LONGEST_REST: Duration = Duration::from_secs(15);
const MOST_MEMORY_KEPT: u64 = 64 * 1024 * 1024;
const MOST_FILES_KEPT: u64 = 20;
/// File that slow readers request, larger than the kernel's buffers.
const LARGE_FILE: &str = "large.bin";
const LARGE_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Attacks in each of the three ways, one after the other.
pub(super) async fn run(setup: &Setup<'_>) -> Result<Findings> {
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(Engine::Sqlite, &setup.given.postgres, folder.path()).await?;
    let stripe = Stripe::start(setup.given, folder.path()).await?;
    let recipe = Recipe::new(setup.given, folder.path(), &database.url, &stripe.host)?;
    make_large_file(recipe.web_root())?;
    let (server, _) = recipe.start().await?;
    // Only now, so that the server keeps its usual limit.
    let _more = OpenFiles::allow(SOCKETS as u64 * 2)?;
    CROWD.fill(&database, 0, ACCOUNTS).await?;
    let mut checks = Vec::new();
    for kind in Kind::ALL {
        checks.extend(attacked(&server, kind, if setup.quick { QUICK } else { FULL }).await?);
    }
    server.stop().await?;
    database.check().await?;
    Ok(Findings::checks(checks))
}

fn make_large_file(web_root: &Path) -> Result<()> {
    Ok(File::create(web_root.join(LARGE_FILE))?.set_len(LARGE_FILE_BYTES)?)
}

async fn attacked(server: &Server, kind: Kind, length: Duration) -> Result<Vec<Check>> {
    let before = Held::by(server)?;
    let attack = Attack::start(server.host(), kind, SOCKETS);
    let probes = healthy(server, kind)?;
    sleep(length).await;
    let mut checks = Vec::new();
    for (name, percent, probe) in probes {
        let (answers, what) = (probe.stop().await?, format!("{}: {name}", kind.name()));
        tell_problem(&what, &answers);
        checks.push(Check::at_most(format!("{what}, failed of {}", answers.count()), answers.failed(), 0));
        let which = if percent == 100 { "longest".to_owned() } else { format!("p{percent}") };
        checks.push(Check::time(format!("{what}, {which}"), answers.times().at(percent), LONGEST_WAIT));
    }
    attack.stop().await;
    checks.extend(before.given_back(server, kind).await?);
    Ok(checks)
}

/// Starts probes, each with the percentile to which the limit applies.
fn healthy(server: &Server, kind: Kind) -> Result<[(&'static str, usize, Probe); 3]> {
    let accounts = (0..ACCOUNTS)
        .map(|number| Account { id: CROWD.account(number), customer: CROWD.customer(number) })
        .collect::<Vec<_>>();
    let page = Pages { client: visitor()?, host: server.host().to_owned(), accounts: accounts.clone() };
    let health = Health { client: visitor()?, url: format!("http://{}/healthz", server.host()) };
    let webhooks = Webhooks::new(server.host(), kind.prefix(), accounts, None, &ServerClock::default())?;
    Ok([
        ("/healthz", 100, Probe::start(health, REQUEST_EACH)),
        ("customers' accounts", 99, Probe::start(page, REQUEST_EACH)),
        ("webhooks", 99, Probe::start(webhooks, REQUEST_EACH)),
    ])
}

/// Resources that a server holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    memory: u64,
    files: u64,
}

impl Held {
    fn by(server: &Server) -> Result<Self> {
        Ok(Self { memory: server.program.memory()?, files: server.program.open_files()? })
    }

    /// Waits until the server has released what it must, or until the time limit.
    async fn given_back(self, server: &Server, kind: Kind) -> Result<[Check; 2]> {
        let most_memory = self.memory + MOST_MEMORY_KEPT;
        let waited = until(LONGEST_REST, async || {
            let now = Self::by(server)?;
            ensure!(now.memory <= most_memory && now.files <= self.files + MOST_FILES_KEPT, "{now:?}");
            Ok(now)
        });
        let now = match waited.await {
            Ok(now) => now,
            Err(_) => Self::by(server)?,
        };
        let name = kind.name();
        let memory = now.memory.saturating_sub(self.memory);
        let files = usize::try_from(now.files.saturating_sub(self.files))?;
        Ok([
            Check::memory(format!("{name}: memory kept afterwards"), memory, MOST_MEMORY_KEPT),
            Check::at_most(
                format!("{name}: open files kept afterwards"),
                files,
                usize::try_from(MOST_FILES_KEPT)?,
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
        ask(self.client.get(&self.url)).await.map(|(_, took)| took)
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
        ask(request.bearer_auth(token(&account.customer)?)).await.map(|(_, took)| took)
    }
}

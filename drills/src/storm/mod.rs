//! Webhook storm: a bank goes down, and Stripe sends two events about each of its accounts, all at once. Stripe
//! allows 25 calls per second. Meanwhile, customers of another bank repair their accounts.

mod report;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use relink_test_kit::MerchantEndpoint;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::report::StormReport;
use crate::clock;
use crate::connection::{Connection, PreparedRequest};
use crate::database::{Database, DatabaseEngine};
use crate::event::{DEACTIVATED, EventContent, signature};
use crate::figures::Times;
use crate::inputs::Inputs;
use crate::relink_client::{CustomerClient, Waits};
use crate::seed_accounts::SeedAccounts;
use crate::server::{ServerSettings, WEBHOOK_SECRET};
use crate::soak::{PartResult, Setup};
use crate::stripe::{Account, AccountState, Stripe};
use crate::throttled_stripe::ThrottledStripe;

const SEEDED: SeedAccounts = SeedAccounts { name: "Storm", per_customer: 2 };
const CALLS_A_SECOND: u32 = 25;
const EVENTS_EACH: u32 = 2;
const CONNECTIONS: u32 = 8;
/// Number of seconds between the outage and Stripe's first event about it.
const SECONDS_SINCE_OUTAGE: u64 = 5;

/// Size of the storm.
#[derive(Clone, Copy, Debug)]
struct Size {
    accounts: u32,
    time: Duration,
}

impl Size {
    const FULL: Self = Self { accounts: 50_000, time: Duration::from_mins(1) };
    const QUICK: Self = Self { accounts: 2_500, time: Duration::from_secs(5) };
}

/// Runs the storm, and checks the results against their limits.
pub(crate) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let folder = tempfile::Builder::new().prefix("relink-storm-").tempdir()?;
    let database = Database::create(DatabaseEngine::Sqlite, &setup.inputs.postgres, folder.path()).await?;
    let size = if setup.quick { Size::QUICK } else { Size::FULL };
    let report = run_storm(setup.inputs, folder.path(), &database, size, setup.seed).await?;
    database.check().await?;
    database.remove().await?;
    let (checks, text, figures) = (report.checks(), report.text(), report.figures());
    Ok(PartResult::Measured { checks, text, figures })
}

async fn run_storm(
    inputs: &Inputs,
    folder: &Path,
    database: &Database,
    size: Size,
    seed: u64,
) -> Result<StormReport> {
    let stripe = Arc::new(Stripe::start(inputs, folder).await?);
    let relinks = size.time.as_secs();
    let customers = stripe.add(usize::try_from(relinks * 2)?, AccountState::Broken).await?;
    let throttled = ThrottledStripe::start(SEEDED, CALLS_A_SECOND, &stripe.host).await?;
    let merchant = MerchantEndpoint::start().await?;
    let settings = ServerSettings::new(inputs, folder, &database.url, &throttled.host)?
        .with("RELINK_WEBHOOK_URL", merchant.url())
        .with("RELINK_WEBHOOK_SECRET", merchant.secret())
        .with("RELINK_WEBHOOK_ALLOW_PRIVATE", "true");
    let (server, _) = settings.start().await?;
    SEEDED.insert(database, 0, size.accounts).await?;
    let events = prepare_events(size, seed)?;
    let began = Instant::now();
    let senders = send_evenly(server.host(), &events, size, began)?;
    let relinks_under_way =
        start_relinks(&CustomerClient::new(server.host(), &stripe)?, customers, size, began);
    let mut accepted = Vec::new();
    for sent in senders.join_all().await {
        accepted.extend(sent?);
    }
    let took = began.elapsed();
    let relinks = relinks_under_way.join_all().await.into_iter().collect::<Result<Vec<Waits>>>()?;
    let stored = database.events().await?.len();
    ensure!(stored >= accepted.len(), "{} events were accepted and {stored} are stored", accepted.len());
    let (memory, processor) = (server.program.peak_memory()?, server.program.processor()?);
    server.stop().await?;
    let calls = throttled.calls();
    Ok(StormReport {
        accounts: size.accounts,
        accepted: Times::new(accepted),
        took,
        relinks,
        read: calls.reads.len(),
        most_reads: calls.reads.values().copied().max().unwrap_or_default(),
        other_calls: calls.others,
        refused_calls: calls.refused,
        memory,
        processor,
    })
}

/// Prepares all events of the outage, signed and in random order. Each was created at the time of the outage.
fn prepare_events(size: Size, seed: u64) -> Result<Vec<PreparedRequest>> {
    let now = clock::seconds();
    let outage = now - SECONDS_SINCE_OUTAGE;
    let prepare = |number: u32| {
        let account = number % size.accounts;
        let (id, customer) = (format!("evt_Storm{number:08}"), SEEDED.customer(account));
        let account = SEEDED.account(account);
        let event = EventContent {
            id: &id,
            kind: DEACTIVATED,
            account: &account,
            customer: &customer,
            created: outage,
        };
        let body = event.body();
        let signature = HeaderValue::from_str(&signature(WEBHOOK_SECRET, now, &body))?;
        Ok(PreparedRequest { body: Bytes::from(body), signature })
    };
    let mut events = (0..size.accounts * EVENTS_EACH).map(prepare).collect::<Result<Vec<_>>>()?;
    events.shuffle(&mut StdRng::seed_from_u64(seed));
    Ok(events)
}

/// Sends the events evenly over the time, over a few connections.
fn send_evenly(
    host: &str,
    events: &[PreparedRequest],
    size: Size,
    began: Instant,
) -> Result<JoinSet<Result<Vec<Duration>>>> {
    let mut senders = JoinSet::new();
    let each = events.len().div_ceil(usize::try_from(CONNECTIONS)?);
    let pause = size.time / u32::try_from(each)?;
    for events in events.chunks(each) {
        let (mut connection, events) = (Connection::new(host)?, events.to_vec());
        senders.spawn(async move {
            let mut times = Vec::with_capacity(events.len());
            for (number, event) in (0..).zip(&events) {
                sleep_until(began + pause * number).await;
                let sent = clock::tick();
                let status = connection.send(event).await?;
                ensure!((200..300).contains(&status), "an event was answered with {status}");
                times.push(sent.elapsed());
            }
            Ok(times)
        });
    }
    Ok(senders)
}

/// Starts one customer per second, each with their own account.
fn start_relinks(
    client: &CustomerClient,
    customers: Vec<Account>,
    size: Size,
    began: Instant,
) -> JoinSet<Result<Waits>> {
    let mut relinks = JoinSet::new();
    let seconds = u32::try_from(size.time.as_secs()).unwrap_or(u32::MAX);
    // Each customer has two accounts: the first one is repaired.
    for (second, account) in (0..seconds).zip(customers.into_iter().step_by(2)) {
        let client = client.clone();
        relinks.spawn(async move {
            sleep_until(began + Duration::from_secs(1) * second).await;
            client.relink(account).await
        });
    }
    relinks
}

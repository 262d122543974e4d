//! Webhook storm: a bank goes down, and Stripe sends two events about each of its accounts, all at once. Stripe
//! allows 25 calls per second. Meanwhile, customers of another bank repair their accounts.

mod aftermath;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::aftermath::Aftermath;
use crate::click::{Clicker, Waits};
use crate::clock;
use crate::database::{Database, Engine};
use crate::event::{DEACTIVATED, News, signature};
use crate::figures::Times;
use crate::fill::Crowd;
use crate::given::Given;
use crate::receiver::Receiver;
use crate::server::{Recipe, WEBHOOK_SECRET};
use crate::soak::{Findings, Setup};
use crate::stripe::{Account, Mood, Stripe};
use crate::toll::Toll;
use crate::wire::{Parcel, Wire};

const CROWD: Crowd = Crowd { name: "Storm", each: 2 };
const CALLS_A_SECOND: u32 = 25;
const EVENTS_EACH: u32 = 2;
const CONNECTIONS: u32 = 8;
/// Number of seconds between the outage and Stripe's first event about it.
const BEFORE: u64 = 5;

/// Size of the storm.
#[derive(Clone, Copy, Debug)]
struct Force {
    accounts: u32,
    time: Duration,
}

impl Force {
    const FULL: Self = Self { accounts: 50_000, time: Duration::from_mins(1) };
    const QUICK: Self = Self { accounts: 2_500, time: Duration::from_secs(5) };
}

/// Runs the storm, and checks the results against their limits.
pub(crate) async fn run(setup: &Setup<'_>) -> Result<Findings> {
    let folder = tempfile::Builder::new().prefix("relink-storm-").tempdir()?;
    let database = Database::create(Engine::Sqlite, &setup.given.postgres, folder.path()).await?;
    let force = if setup.quick { Force::QUICK } else { Force::FULL };
    let aftermath = blow(setup.given, folder.path(), &database, force, setup.seed).await?;
    database.check().await?;
    database.remove().await?;
    let (checks, text, figures) = (aftermath.checks(), aftermath.report(), aftermath.figures());
    Ok(Findings::Measured { checks, text, figures })
}

async fn blow(
    given: &Given,
    folder: &Path,
    database: &Database,
    force: Force,
    seed: u64,
) -> Result<Aftermath> {
    let stripe = Arc::new(Stripe::start(given, folder).await?);
    let clicks = force.time.as_secs();
    let customers = stripe.add(usize::try_from(clicks * 2)?, Mood::Broken).await?;
    let toll = Toll::start(CROWD, CALLS_A_SECOND, &stripe.host).await?;
    let receiver = Receiver::start().await?;
    let recipe = Recipe::new(given, folder, &database.url, &toll.host)?
        .with("RELINK_WEBHOOK_URL", receiver.url.as_str())
        .with("RELINK_WEBHOOK_SECRET", receiver.secret.as_str())
        .with("RELINK_WEBHOOK_ALLOW_PRIVATE", "true");
    let (server, _) = recipe.start().await?;
    CROWD.fill(database, 0, force.accounts).await?;
    let parcels = parcels(force, seed)?;
    let began = Instant::now();
    let senders = spread(server.host(), &parcels, force, began)?;
    let clickers = come_and_click(&Clicker::new(server.host(), &stripe)?, customers, force, began);
    let mut accepted = Vec::new();
    for sent in senders.join_all().await {
        accepted.extend(sent?);
    }
    let took = began.elapsed();
    let clicks = clickers.join_all().await.into_iter().collect::<Result<Vec<Waits>>>()?;
    let kept = database.events().await?.len();
    ensure!(kept >= accepted.len(), "{} events were accepted and {kept} are kept", accepted.len());
    let (memory, processor) = (server.program.peak_memory()?, server.program.processor()?);
    server.stop().await?;
    let book = toll.book();
    Ok(Aftermath {
        accounts: force.accounts,
        accepted: Times::of(accepted),
        took,
        clicks,
        read: book.reads.len(),
        most_reads: book.reads.values().copied().max().unwrap_or_default(),
        other_calls: book.others,
        refused_calls: book.refused,
        memory,
        processor,
    })
}

/// Prepares all events of the outage, signed and in random order. Each was created at the time of the outage.
fn parcels(force: Force, seed: u64) -> Result<Vec<Parcel>> {
    let now = clock::seconds();
    let outage = now - BEFORE;
    let make = |number: u32| {
        let account = number % force.accounts;
        let (id, customer) = (format!("evt_Storm{number:08}"), CROWD.customer(account));
        let account = CROWD.account(account);
        let news =
            News { id: &id, kind: DEACTIVATED, account: &account, customer: &customer, created: outage };
        let body = news.body();
        let signature = HeaderValue::from_str(&signature(WEBHOOK_SECRET, now, &body))?;
        Ok(Parcel { body: Bytes::from(body), signature })
    };
    let mut parcels = (0..force.accounts * EVENTS_EACH).map(make).collect::<Result<Vec<_>>>()?;
    parcels.shuffle(&mut StdRng::seed_from_u64(seed));
    Ok(parcels)
}

/// Sends the events evenly over the time, over a few connections.
fn spread(
    host: &str,
    parcels: &[Parcel],
    force: Force,
    began: Instant,
) -> Result<JoinSet<Result<Vec<Duration>>>> {
    let mut senders = JoinSet::new();
    let each = parcels.len().div_ceil(usize::try_from(CONNECTIONS)?);
    let pause = force.time / u32::try_from(each)?;
    for parcels in parcels.chunks(each) {
        let (mut wire, parcels) = (Wire::to(host)?, parcels.to_vec());
        senders.spawn(async move {
            let mut times = Vec::with_capacity(parcels.len());
            for (number, parcel) in (0..).zip(&parcels) {
                sleep_until(began + pause * number).await;
                let sent = clock::tick();
                let status = wire.send(parcel).await?;
                ensure!((200..300).contains(&status), "an event was answered with {status}");
                times.push(sent.elapsed());
            }
            Ok(times)
        });
    }
    Ok(senders)
}

/// Starts one customer per second, each with their own account.
fn come_and_click(
    clicker: &Clicker,
    customers: Vec<Account>,
    force: Force,
    began: Instant,
) -> JoinSet<Result<Waits>> {
    let mut clickers = JoinSet::new();
    let seconds = u32::try_from(force.time.as_secs()).unwrap_or(u32::MAX);
    // Each customer has two accounts: the first one is repaired.
    for (second, account) in (0..seconds).zip(customers.into_iter().step_by(2)) {
        let clicker = clicker.clone();
        clickers.spawn(async move {
            sleep_until(began + Duration::from_secs(1) * second).await;
            clicker.click(account).await
        });
    }
    clickers
}

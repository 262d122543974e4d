//! `cargo xtask bench capacity`: a server and a PostgreSQL with ten million accounts.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::console::Browser;
use super::store;
use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::event::DEACTIVATED;
use crate::figures::{Times, format_count, format_mib, format_ms, table, to_float};
use crate::inputs::Inputs;
use crate::load::{prepare_events, send};
use crate::poll::until;
use crate::report::Report;
use crate::seed_accounts::SeedAccounts;
use crate::server::{ServerSettings, WEBHOOK_SECRET};
use crate::stripe::Stripe;

const SEEDED: SeedAccounts = store::SEEDED;
const ACCOUNTS: u32 = 10_000_000;
const QUICK_ACCOUNTS: u32 = 20_000;
/// Pages of the console, most visited first.
const PAGES: [&str; 6] = [
    "/console",
    "/console?state=healthy",
    "/console?bank=Alder%20Bank&state=healthy",
    "/console?q=cus_Fill7",
    "/console/customers/cus_Fill7",
    "/console/reports",
];
/// Connections over which events are sent.
const CONNECTIONS: usize = 64;
/// Longest time that counting all accounts may take.
const COUNTING: Duration = Duration::from_mins(10);

/// Figures of one run.
struct Measured {
    accounts: u32,
    seeding: Duration,
    /// Bytes of the table of accounts, of its indexes, and of the whole database.
    sizes: [u64; 3],
    reads: Times,
    pages: Vec<(&'static str, Times)>,
    counting: Duration,
    events_per_second: f64,
    events: Times,
    memory: u64,
}

/// Measures PostgreSQL. A figure that can't be had, such as a page that does not answer, is an error.
pub(crate) async fn run(inputs: &Inputs, quick: bool) -> Result<Report> {
    let accounts = if quick { QUICK_ACCOUNTS } else { ACCOUNTS };
    let (reads, views) = if quick { (200, 5) } else { (20_000, 200) };
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let database = Database::create(DatabaseEngine::Postgres, &inputs.postgres, folder.path()).await?;
    let measured = measure(inputs, folder.path(), &database, accounts, (reads, views)).await;
    database.remove().await?;
    Ok(report(&measured?))
}

async fn measure(
    inputs: &Inputs,
    folder: &std::path::Path,
    database: &Database,
    accounts: u32,
    (reads, views): (usize, u64),
) -> Result<Measured> {
    let stripe = Stripe::start(inputs, folder).await?;
    let settings = ServerSettings::new(inputs, folder, &database.url, &stripe.host)?;
    let (server, _) = settings.start().await?;
    eprintln!("storing {} accounts …", format_count(u64::from(accounts)));
    let began = clock::tick();
    SEEDED.insert_in_bulk(database, accounts).await?;
    let seeding = began.elapsed();
    eprintln!("counting them …");
    let counting = count(database, accounts).await?;
    eprintln!("reading them …");
    store::read(server.host(), accounts, reads / 10).await?;
    let times = store::read(server.host(), accounts, reads).await?;
    let browser = Browser::sign_in(&format!("http://{}", server.host())).await?;
    let mut pages = Vec::new();
    for page in PAGES {
        browser.read(page, views / 10 + 1).await?;
        pages.push((page, Times::new(browser.read(page, views).await?)));
    }
    eprintln!("sending events …");
    let events = prepare_events(WEBHOOK_SECRET, DEACTIVATED, "Capacity", 100_000)?;
    let load =
        send(server.host(), CONNECTIONS, events, Duration::from_secs(if reads > 1_000 { 12 } else { 1 }))
            .await?;
    let memory = server.program.peak_memory()?;
    let sizes = sizes(database).await?;
    server.stop().await?;
    let events_per_second = to_float(load.sent as u64) / load.took.as_secs_f64();
    Ok(Measured {
        accounts,
        seeding,
        sizes,
        reads: times,
        pages,
        counting,
        events_per_second,
        events: load.times,
        memory,
    })
}

/// Lets the server count all accounts, as it does every 15 minutes. Returns how long that takes.
async fn count(database: &Database, accounts: u32) -> Result<Duration> {
    let pool = database.open().await?;
    let began = clock::tick();
    sqlx::query("UPDATE work SET due = 0, lease_until = 0 WHERE kind = 'tally'").execute(&pool).await?;
    let query = "SELECT CAST(COALESCE(SUM(accounts), 0) AS BIGINT) FROM snapshots WHERE state = 'healthy' \
                 AND institution_name = 'Alder Bank'";
    let counted = until(COUNTING, async || {
        let counted: i64 = sqlx::query_scalar(query).fetch_one(&pool).await?;
        ensure!(counted >= i64::from(accounts), "{counted} accounts are counted");
        Ok(())
    });
    counted.await.context("the server has not counted its accounts")?;
    let took = began.elapsed();
    pool.close().await;
    Ok(took)
}

async fn sizes(database: &Database) -> Result<[u64; 3]> {
    let pool = database.open().await?;
    let mut sizes = [0; 3];
    for (size, query) in sizes.iter_mut().zip([
        "SELECT pg_table_size('accounts')",
        "SELECT pg_indexes_size('accounts')",
        "SELECT pg_database_size(current_database())",
    ]) {
        let bytes: i64 = sqlx::query_scalar(query).fetch_one(&pool).await?;
        *size = u64::try_from(bytes)?;
    }
    pool.close().await;
    Ok(sizes)
}

fn report(measured: &Measured) -> Report {
    let [accounts, indexes, database] = measured.sizes;
    let each = database / u64::from(measured.accounts).max(1);
    let mut rows = vec![
        [
            "accounts, five of each customer".to_owned(),
            format_count(u64::from(measured.accounts)),
            String::new(),
        ],
        ["database".to_owned(), format_mib(database), format!("{each} bytes for each account")],
        ["table of accounts".to_owned(), format_mib(accounts), String::new()],
        ["its indexes".to_owned(), format_mib(indexes), String::new()],
        ["counting all accounts".to_owned(), format_ms(measured.counting), "every 15 minutes".to_owned()],
        [
            "events stored a second".to_owned(),
            format!("{:.0}", measured.events_per_second),
            p50_and_p99(&measured.events),
        ],
        ["the server's memory".to_owned(), format_mib(measured.memory), String::new()],
        ["GET /api/accounts".to_owned(), format_ms(measured.reads.percentile(50)), p99(&measured.reads)],
    ];
    rows.extend(
        measured
            .pages
            .iter()
            .map(|(page, times)| [(*page).to_owned(), format_ms(times.percentile(50)), p99(times)]),
    );
    let mut report = Report::new("bench capacity");
    report.add(&table(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()));
    let ms = |time: Duration| Value::from(time.as_secs_f64() * 1e3);
    let pages = measured.pages.iter();
    let pages: Vec<Value> = pages
        .map(|(page, times)| json!({"page": page, "p50_ms": ms(times.percentile(50)), "p99_ms": ms(times.percentile(99))}))
        .collect();
    for (name, value) in [
        ("accounts", measured.accounts.into()),
        ("seeding_ms", ms(measured.seeding)),
        ("database_bytes", database.into()),
        ("accounts_bytes", accounts.into()),
        ("indexes_bytes", indexes.into()),
        ("counting_ms", ms(measured.counting)),
        ("events_per_second", measured.events_per_second.into()),
        ("memory_bytes", measured.memory.into()),
        ("list_p50_ms", ms(measured.reads.percentile(50))),
        ("list_p99_ms", ms(measured.reads.percentile(99))),
        ("pages", pages.into()),
    ] {
        report.figure(name, value);
    }
    report
}

fn p99(times: &Times) -> String {
    format!("p99 {}", format_ms(times.percentile(99)))
}

fn p50_and_p99(times: &Times) -> String {
    format!("answered in {}, {}", format_ms(times.percentile(50)), p99(times))
}

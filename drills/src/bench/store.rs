//! `cargo xtask bench store`: reading one customer's accounts, with more and more accounts stored.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hyper::header::HeaderValue;
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clock;
use crate::connection::Connection;
use crate::database::{Database, DatabaseEngine};
use crate::figures::{Times, format_count, format_ms, table};
use crate::inputs::Inputs;
use crate::report::Report;
use crate::seed_accounts::SeedAccounts;
use crate::server::{ServerSettings, token};
use crate::stripe::Stripe;

pub(super) const SEEDED: SeedAccounts = SeedAccounts { name: "Fill", per_customer: 5 };
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
const QUICK_SIZES: [u32; 3] = [1_000, 5_000, 20_000];
/// Number of connections, for two cores: one for the client and one for the server.
const CONNECTIONS: usize = 2;

/// Numbers of reads in the warm-up and in the measurement.
#[derive(Clone, Copy, Debug)]
struct Reads {
    warm_up: usize,
    measured: usize,
}

/// Measures both engines.
pub(crate) async fn run(inputs: &Inputs, quick: bool) -> Result<Report> {
    let (sizes, reads) = if quick {
        (QUICK_SIZES, Reads { warm_up: 200, measured: 1_000 })
    } else {
        (SIZES, Reads { warm_up: 5_000, measured: 40_000 })
    };
    let mut report = Report::new("bench store");
    let mut figures = Vec::new();
    let mut rows = vec![["", "accounts", "p50", "p99", "p99 growth"].map(str::to_owned).to_vec()];
    for engine in [DatabaseEngine::Sqlite, DatabaseEngine::Postgres] {
        let all = measure(engine, inputs, sizes, reads).await?;
        let first = all.first().map(|times| times.percentile(99)).context("nothing was measured")?;
        for (size, times) in sizes.iter().zip(&all) {
            let growth = times.percentile(99).as_secs_f64() / first.as_secs_f64();
            figures.push(json!({
                "engine": engine.name(),
                "accounts": size,
                "p50_ms": times.percentile(50).as_secs_f64() * 1e3,
                "p99_ms": times.percentile(99).as_secs_f64() * 1e3,
                "p99_to_the_first": growth,
            }));
            rows.push(vec![
                engine.name().to_owned(),
                format_count(u64::from(*size)),
                format_ms(times.percentile(50)),
                format_ms(times.percentile(99)),
                format!("{growth:.2}x"),
            ]);
        }
    }
    report.add(&format!(
        "GET /api/accounts, random customers with {} accounts each, {} reads over {CONNECTIONS} connections\n{}",
        SEEDED.per_customer,
        format_count(reads.measured as u64),
        table(&rows)
    ));
    report.figure("reads", reads.measured.into());
    report.figure("rows", figures.into());
    Ok(report)
}

async fn measure(
    engine: DatabaseEngine,
    inputs: &Inputs,
    sizes: [u32; 3],
    reads: Reads,
) -> Result<Vec<Times>> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let database = Database::create(engine, &inputs.postgres, folder.path()).await?;
    let stripe = Stripe::start(inputs, folder.path()).await?;
    let (server, _) =
        ServerSettings::new(inputs, folder.path(), &database.url, &stripe.host)?.start().await?;
    let (mut stored, mut all) = (0, Vec::new());
    for size in sizes {
        eprintln!("{}, {} accounts …", engine.name(), format_count(u64::from(size)));
        SEEDED.insert(&database, stored, size).await?;
        stored = size;
        read(server.host(), size, reads.warm_up).await?;
        all.push(read(server.host(), size, reads.measured).await?);
    }
    server.stop().await?;
    database.remove().await?;
    Ok(all)
}

/// Reads the accounts of this number of random customers, out of this number of accounts.
pub(super) async fn read(host: &str, stored: u32, count: usize) -> Result<Times> {
    let mut readers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let tokens = (0..count / CONNECTIONS).map(|_| some_token(stored)).collect::<Result<Vec<_>>>()?;
        readers.spawn(reader(Connection::new(host)?, tokens));
    }
    let mut times = Vec::new();
    while let Some(ended) = readers.join_next().await {
        times.extend(ended??);
    }
    Ok(Times::new(times))
}

fn some_token(stored: u32) -> Result<HeaderValue> {
    let customer = SEEDED.customer(rand::rng().random_range(0..stored));
    Ok(HeaderValue::from_str(&format!("Bearer {}", token(&customer)?))?)
}

async fn reader(mut connection: Connection, tokens: Vec<HeaderValue>) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(tokens.len());
    for token in &tokens {
        let sent = clock::tick();
        let (status, body) = connection.get("/api/accounts", Some(token)).await?;
        times.push(sent.elapsed());
        ensure!(status == 200, "the accounts were answered with {status}");
        // Parsing each response would cost more than the server's work for it.
        if times.len() == 1 {
            let body: Value = serde_json::from_slice(&body)?;
            let accounts = body.get("accounts").and_then(Value::as_array).context("no accounts")?;
            ensure!(
                accounts.len() == SEEDED.per_customer as usize,
                "a customer has {} accounts",
                accounts.len()
            );
        }
    }
    Ok(times)
}

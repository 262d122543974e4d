//! `cargo xtask bench store`: reading one customer's accounts, with more and more accounts stored.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hyper::header::HeaderValue;
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::clock;
use crate::database::{Database, Engine};
use crate::figures::{Times, many, ms, table};
use crate::fill::Crowd;
use crate::given::Given;
use crate::report::Report;
use crate::server::{Recipe, token};
use crate::stripe::Stripe;
use crate::wire::Wire;

const CROWD: Crowd = Crowd { name: "Fill", each: 5 };
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
pub(crate) async fn run(given: &Given, quick: bool) -> Result<Report> {
    let (sizes, reads) = if quick {
        (QUICK_SIZES, Reads { warm_up: 200, measured: 1_000 })
    } else {
        (SIZES, Reads { warm_up: 5_000, measured: 40_000 })
    };
    let mut report = Report::new("bench store");
    let mut figures = Vec::new();
    let mut rows = vec![["", "accounts", "p50", "p99", "p99 to the first"].map(str::to_owned).to_vec()];
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let all = measure(engine, given, sizes, reads).await?;
        let first = all.first().map(|times| times.at(99)).context("nothing was measured")?;
        for (size, times) in sizes.iter().zip(&all) {
            let growth = times.at(99).as_secs_f64() / first.as_secs_f64();
            figures.push(json!({
                "engine": engine.name(),
                "accounts": size,
                "p50_ms": times.at(50).as_secs_f64() * 1e3,
                "p99_ms": times.at(99).as_secs_f64() * 1e3,
                "p99_to_the_first": growth,
            }));
            rows.push(vec![
                engine.name().to_owned(),
                many(u64::from(*size)),
                ms(times.at(50)),
                ms(times.at(99)),
                format!("{growth:.2}x"),
            ]);
        }
    }
    report.add(&format!(
        "GET /api/accounts, random customers with {} accounts each, {} reads over {CONNECTIONS} connections\n{}",
        CROWD.each,
        many(reads.measured as u64),
        table(&rows)
    ));
    report.figure("reads", reads.measured.into());
    report.figure("rows", figures.into());
    Ok(report)
}

async fn measure(engine: Engine, given: &Given, sizes: [u32; 3], reads: Reads) -> Result<Vec<Times>> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let database = Database::create(engine, &given.postgres, folder.path()).await?;
    let stripe = Stripe::start(given, folder.path()).await?;
    let (server, _) = Recipe::new(given, folder.path(), &database.url, &stripe.host)?.start().await?;
    let (mut stored, mut all) = (0, Vec::new());
    for size in sizes {
        eprintln!("{}, {} accounts …", engine.name(), many(u64::from(size)));
        CROWD.fill(&database, stored, size).await?;
        stored = size;
        read(server.host(), size, reads.warm_up).await?;
        all.push(read(server.host(), size, reads.measured).await?);
    }
    server.stop().await?;
    database.remove().await?;
    Ok(all)
}

/// Reads the accounts of this number of random customers, out of this number of accounts.
async fn read(host: &str, stored: u32, count: usize) -> Result<Times> {
    let mut readers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let tokens = (0..count / CONNECTIONS).map(|_| some_token(stored)).collect::<Result<Vec<_>>>()?;
        readers.spawn(reader(Wire::to(host)?, tokens));
    }
    let mut times = Vec::new();
    while let Some(ended) = readers.join_next().await {
        times.extend(ended??);
    }
    Ok(Times::of(times))
}

fn some_token(stored: u32) -> Result<HeaderValue> {
    let customer = CROWD.customer(rand::rng().random_range(0..stored));
    Ok(HeaderValue::from_str(&format!("Bearer {}", token(&customer)?))?)
}

async fn reader(mut wire: Wire, tokens: Vec<HeaderValue>) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(tokens.len());
    for token in &tokens {
        let asked = clock::tick();
        let (status, body) = wire.get("/api/accounts", Some(token)).await?;
        times.push(asked.elapsed());
        ensure!(status == 200, "the accounts were answered with {status}");
        // Parsing each response would cost more than the server's work for it.
        if times.len() == 1 {
            let body: Value = serde_json::from_slice(&body)?;
            let accounts = body.get("accounts").and_then(Value::as_array).context("no accounts")?;
            ensure!(accounts.len() == CROWD.each as usize, "a customer has {} accounts", accounts.len());
        }
    }
    Ok(times)
}

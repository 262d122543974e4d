//! `cargo xtask bench tenants`: cost of a server for each merchant, side by side on one machine and one PostgreSQL.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use relink_test_kit::sign_token;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::event::{DEACTIVATED, EventContent, signature};
use crate::figures::{Times, format_count, format_mib, format_ms, table};
use crate::inputs::Inputs;
use crate::program::Program;
use crate::report::Report;
use crate::seed_accounts::SeedAccounts;
use crate::server::{Server, ServerSettings};
use crate::stripe::{Stripe, client};

const SEEDED: SeedAccounts = SeedAccounts { name: "Tenant", per_customer: 2 };
const TENANTS: usize = 20;
const QUICK_TENANTS: usize = 3;
const ACCOUNTS: u32 = 10_000;
const QUICK_ACCOUNTS: u32 = 100;
/// Customers of each merchant who open their page before memory is measured.
const VISITS: u32 = 200;
const QUICK_VISITS: u32 = 10;
/// Period for which the processor time is measured while nothing happens.
const QUIET: Duration = Duration::from_secs(10);
const QUICK_QUIET: Duration = Duration::from_secs(1);

/// Server of one merchant, with a database and secrets of its own.
struct Tenant {
    server: Server,
    database: Database,
    secrets: Secrets,
    start: Duration,
}

/// Secrets of one merchant.
struct Secrets {
    token_key: String,
    api_key: String,
    webhook: String,
}

impl Secrets {
    fn of(number: usize) -> Self {
        let secret = |name: &str| format!("{name}-of-merchant-{number}-with-32-bytes-or-more");
        Self { token_key: secret("token"), api_key: secret("key"), webhook: secret("whsec_webhook") }
    }

    fn token(&self, customer: &str) -> Result<String> {
        sign_token(
            &json!({ "sub": customer, "exp": clock::seconds() + 3_000, "sid": "drill" }),
            &self.token_key,
        )
    }
}

/// Figures of all servers together. Memory is in bytes.
struct Measured {
    /// From the start of a process to its readiness.
    starts: Times,
    /// Resident memory of each server, where pages that all of them share count in each.
    resident: Vec<u64>,
    /// Memory of all servers, where shared pages count once.
    memory: u64,
    /// Share of one processor that all servers use while nothing happens.
    processor: f64,
    /// Connections of all servers to PostgreSQL, idle ones included.
    connections: u64,
    /// Size of each database.
    databases: Vec<u64>,
    /// Requests with one merchant's secrets to the servers of the others, and how many of them were accepted.
    foreign: u64,
    accepted: u64,
}

/// Measures the servers of twenty merchants, or of three.
pub async fn run(inputs: &Inputs, quick: bool) -> Result<Report> {
    let (count, accounts, visits, quiet) = if quick {
        (QUICK_TENANTS, QUICK_ACCOUNTS, QUICK_VISITS, QUICK_QUIET)
    } else {
        (TENANTS, ACCOUNTS, VISITS, QUIET)
    };
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let stripe = Stripe::start(inputs, folder.path()).await?;
    let mut tenants = Vec::new();
    for number in 0..count {
        eprintln!("merchant {} of {count} …", number + 1);
        let folder = folder.path().join(format!("merchant-{number}"));
        std::fs::create_dir(&folder)?;
        let database = Database::create(DatabaseEngine::Postgres, &inputs.postgres, &folder).await?;
        let secrets = Secrets::of(number);
        let settings = ServerSettings::new(inputs, &folder, &database.url, &stripe.host)?
            .with("RELINK_TOKEN_KEY", &secrets.token_key)
            .with("RELINK_API_KEY", &secrets.api_key)
            .with("STRIPE_WEBHOOK_SECRET", &secrets.webhook);
        let (server, start) = settings.start().await?;
        SEEDED.insert(&database, 0, accounts).await?;
        tenants.push(Tenant { server, database, secrets, start });
    }
    let measured = measure(&tenants, visits, quiet).await?;
    for tenant in tenants {
        tenant.server.stop().await?;
        tenant.database.remove().await?;
    }
    Ok(report(&measured, accounts))
}

async fn measure(tenants: &[Tenant], visits: u32, quiet: Duration) -> Result<Measured> {
    let client = client()?;
    for tenant in tenants {
        for visit in 0..visits {
            let status = list(&client, tenant, &tenant.secrets, &SEEDED.customer(visit)).await?;
            ensure!(status == StatusCode::OK, "a customer's own list was answered with {status}");
        }
    }
    let used = processor(tenants)?;
    sleep(quiet).await;
    let processor = (processor(tenants)? - used) / quiet.as_secs_f64();
    let programs = || tenants.iter().map(|tenant| &tenant.server.program);
    let databases = sizes(tenants).await?;
    let connections = connections(tenants).await?;
    let resident = programs().map(Program::memory).collect::<Result<_>>()?;
    let memory = programs().map(Program::proportional_memory).sum::<Result<u64>>()?;
    let (foreign, accepted) = foreign_requests(&client, tenants).await?;
    let starts = Times::new(tenants.iter().map(|tenant| tenant.start).collect());
    Ok(Measured { starts, resident, memory, processor, connections, databases, foreign, accepted })
}

fn processor(tenants: &[Tenant]) -> Result<f64> {
    tenants.iter().map(|tenant| tenant.server.program.processor()).sum()
}

async fn sizes(tenants: &[Tenant]) -> Result<Vec<u64>> {
    let mut sizes = Vec::new();
    for tenant in tenants {
        let pool = tenant.database.open().await?;
        let size: i64 =
            sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&pool).await?;
        pool.close().await;
        sizes.push(u64::try_from(size)?);
    }
    Ok(sizes)
}

/// Returns the number of connections of all servers, without the one that asks.
async fn connections(tenants: &[Tenant]) -> Result<u64> {
    let tenant = tenants.first().context("there are no tenants")?;
    let pool = tenant.database.open().await?;
    let query =
        "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'drill_%' AND pid <> pg_backend_pid()";
    let count: i64 = sqlx::query_scalar(query).fetch_one(&pool).await?;
    pool.close().await;
    Ok(u64::try_from(count)?)
}

/// Sends each merchant's token, API key and webhook to the servers of all others.
async fn foreign_requests(client: &Client, tenants: &[Tenant]) -> Result<(u64, u64)> {
    let (mut sent, mut accepted) = (0, 0);
    for (owner, of) in tenants.iter().enumerate() {
        for (_, at) in tenants.iter().enumerate().filter(|(number, _)| *number != owner) {
            let answers = [
                list(client, at, &of.secrets, &SEEDED.customer(0)).await?,
                connections_by_api(client, at, &of.secrets).await?,
                webhook(client, at, &of.secrets).await?,
            ];
            sent += 3;
            accepted += answers.iter().filter(|status| status.is_success()).count() as u64;
        }
    }
    Ok((sent, accepted))
}

async fn list(client: &Client, at: &Tenant, of: &Secrets, customer: &str) -> Result<StatusCode> {
    let request = client.get(format!("http://{}/api/accounts", at.server.host()));
    Ok(request.bearer_auth(of.token(customer)?).send().await?.status())
}

async fn connections_by_api(client: &Client, at: &Tenant, of: &Secrets) -> Result<StatusCode> {
    let request = client.get(format!("http://{}/api/connections", at.server.host()));
    Ok(request.bearer_auth(&of.api_key).send().await?.status())
}

async fn webhook(client: &Client, at: &Tenant, of: &Secrets) -> Result<StatusCode> {
    let (account, customer) = (SEEDED.account(0), SEEDED.customer(0));
    let created = clock::seconds();
    let event =
        EventContent { id: "evt_Tenant", kind: DEACTIVATED, account: &account, customer: &customer, created };
    let body = event.body();
    let request = client.post(format!("http://{}/webhooks/stripe", at.server.host()));
    let request = request.header("stripe-signature", signature(&of.webhook, created, &body));
    Ok(request.header("content-type", "application/json").body(body).send().await?.status())
}

fn report(measured: &Measured, accounts: u32) -> Report {
    let count = measured.resident.len() as u64;
    let largest = |sizes: &[u64]| sizes.iter().max().copied().unwrap_or_default();
    let each = measured.memory / count.max(1);
    let rows = [
        ("merchants, each with a server and a database", format_count(count)),
        ("accounts of each", format_count(u64::from(accounts))),
        ("start of a server, p50", format_ms(measured.starts.percentile(50))),
        ("memory of all servers", format_mib(measured.memory)),
        ("… for each", format_mib(each)),
        ("resident memory of the largest", format_mib(largest(&measured.resident))),
        ("processor of all while nothing happens", format!("{:.1} %", measured.processor * 100.0)),
        ("connections to PostgreSQL", format_count(measured.connections)),
        ("largest database", format_mib(largest(&measured.databases))),
        ("requests with another merchant's secrets", format_count(measured.foreign)),
        ("… that were accepted", format_count(measured.accepted)),
    ];
    let mut report = Report::new("bench tenants");
    report.add(&table(&rows.map(|(name, value)| vec![name.to_owned(), value])));
    let figures: [(&str, Value); 9] = [
        ("tenants", count.into()),
        ("accounts", accounts.into()),
        ("start_p50_ms", (measured.starts.percentile(50).as_secs_f64() * 1e3).into()),
        ("memory_bytes", measured.memory.into()),
        ("memory_for_each_bytes", each.into()),
        ("processor", measured.processor.into()),
        ("postgres_connections", measured.connections.into()),
        ("foreign_requests", measured.foreign.into()),
        ("foreign_requests_accepted", measured.accepted.into()),
    ];
    for (name, value) in figures {
        report.figure(name, value);
    }
    if measured.accepted > 0 {
        report.fail(format!("{} requests with another merchant's secrets were accepted", measured.accepted));
    }
    report
}

//! `cargo xtask bench pages`: cost of open pages, and of clients that send half a request.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rand::Rng as _;
use serde_json::{Value, json};
use sqlx::AnyPool;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::figures::{Times, format_count, format_mib, format_ms, table};
use crate::inputs::Inputs;
use crate::report::Report;
use crate::seed_accounts::SeedAccounts;
use crate::server::{Server, ServerSettings, token};
use crate::stripe::Stripe;

const SEEDED: SeedAccounts = SeedAccounts { name: "Open", per_customer: 1 };
/// Default limit of a server.
const PAGES: u32 = 10_000;
const QUICK_PAGES: u32 = 500;
const CHANGES: usize = 30;
const QUICK_CHANGES: usize = 5;
/// Period for which the processor time is measured while nothing changes.
const QUIET: Duration = Duration::from_secs(10);
const HALF_SENT: usize = 900;
/// Just below the limit of 32 KB.
const HALF_SENT_BYTES: usize = 32_000;
const TIMEOUT: Duration = Duration::from_mins(1);

/// Measures both engines.
pub(crate) async fn run(inputs: &Inputs, quick: bool) -> Result<Report> {
    let (pages, changes) = if quick { (QUICK_PAGES, QUICK_CHANGES) } else { (PAGES, CHANGES) };
    let mut measured = Vec::new();
    for engine in [DatabaseEngine::Sqlite, DatabaseEngine::Postgres] {
        eprintln!("{} …", engine.name());
        measured.push((engine, measure(engine, inputs, pages, changes).await?));
    }
    Ok(report(&measured))
}

fn report(measured: &[(DatabaseEngine, Measured)]) -> Report {
    let mut open = vec![OpenPages::HEAD.map(str::to_owned).to_vec()];
    let mut half_sent = vec![HalfSent::HEAD.map(str::to_owned).to_vec()];
    let mut figures = Vec::new();
    for (engine, of) in measured {
        open.push(of.open.cells(*engine));
        half_sent.push(of.half_sent.cells(*engine));
        figures.push(json!({
            "engine": engine.name(),
            "open_pages": of.open.figures(),
            "half_sent_requests": of.half_sent.figures(),
        }));
    }
    let mut report = Report::new("bench pages");
    report.add(&format!("Open pages\n{}\nHalf-sent requests\n{}", table(&open), table(&half_sent)));
    report.figure("rows", figures.into());
    report
}

/// Figures of one engine.
struct Measured {
    open: OpenPages,
    half_sent: HalfSent,
}

/// Cost of pages that listen for changes. Memory is in bytes.
struct OpenPages {
    pages: u32,
    memory_before: u64,
    memory_with: u64,
    /// Share of one processor while nothing changes.
    processor: f64,
    /// Times from a change in the database to its event on the page.
    notified: Times,
}

impl OpenPages {
    const HEAD: [&str; 8] =
        ["", "open pages", "memory before", "with them", "for each", "CPU", "change received, p50", "p99"];

    /// Returns the memory per page in bytes.
    fn for_each(&self) -> u64 {
        self.memory_with.saturating_sub(self.memory_before) / u64::from(self.pages)
    }

    fn cells(&self, engine: DatabaseEngine) -> Vec<String> {
        vec![
            engine.name().to_owned(),
            format_count(u64::from(self.pages)),
            format_mib(self.memory_before),
            format_mib(self.memory_with),
            format!("{} KiB", self.for_each() / 1024),
            format!("{:.0} %", self.processor * 100.0),
            format_ms(self.notified.percentile(50)),
            format_ms(self.notified.percentile(99)),
        ]
    }

    fn figures(&self) -> Value {
        json!({
            "pages": self.pages,
            "memory_before_bytes": self.memory_before,
            "memory_with_bytes": self.memory_with,
            "memory_for_each_bytes": self.for_each(),
            "processor": self.processor,
            "heard_p50_ms": self.notified.percentile(50).as_secs_f64() * 1e3,
            "heard_p99_ms": self.notified.percentile(99).as_secs_f64() * 1e3,
        })
    }
}

/// Memory in bytes before, with and after requests that end within their headers.
struct HalfSent {
    before: u64,
    with: u64,
    after: u64,
}

impl HalfSent {
    const HEAD: [&str; 5] = ["", "half-sent", "memory before", "with them", "after"];

    fn cells(&self, engine: DatabaseEngine) -> Vec<String> {
        let memory = [self.before, self.with, self.after].map(format_mib);
        [vec![engine.name().to_owned(), format_count(HALF_SENT as u64)], memory.to_vec()].concat()
    }

    fn figures(&self) -> Value {
        json!({
            "requests": HALF_SENT,
            "memory_before_bytes": self.before,
            "memory_with_bytes": self.with,
            "memory_after_bytes": self.after,
        })
    }
}

async fn measure(engine: DatabaseEngine, inputs: &Inputs, pages: u32, changes: usize) -> Result<Measured> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let database = Database::create(engine, &inputs.postgres, folder.path()).await?;
    let stripe = Stripe::start(inputs, folder.path()).await?;
    // All pages come from one address here.
    let settings = ServerSettings::new(inputs, folder.path(), &database.url, &stripe.host)?
        .with("RELINK_MAX_CONNECTIONS_PER_ADDRESS", "20000");
    let (server, _) = settings.start().await?;
    SEEDED.insert(&database, 0, pages).await?;
    let open = open_pages(&server, &database, pages, changes).await?;
    server.stop().await?;
    let (server, _) = settings.start().await?;
    let half_sent = half_sent(&server).await?;
    server.stop().await?;
    database.remove().await?;
    Ok(Measured { open, half_sent })
}

async fn open_pages(server: &Server, database: &Database, count: u32, changes: usize) -> Result<OpenPages> {
    let memory_before = server.program.memory()?;
    let mut pages = Vec::new();
    for customer in 0..count {
        pages.push(OpenPage::open(server.host(), &SEEDED.customer(customer)).await?);
    }
    let memory_with = server.program.memory()?;
    let used = server.program.processor()?;
    sleep(QUIET).await;
    let processor = (server.program.processor()? - used) / QUIET.as_secs_f64();
    let notified = measure_notifications(&mut pages, database, changes).await?;
    Ok(OpenPages { pages: count, memory_before, memory_with, processor, notified })
}

/// Changes accounts as another server would, and waits until their pages have received the event.
async fn measure_notifications(pages: &mut [OpenPage], database: &Database, changes: usize) -> Result<Times> {
    let pool = database.open().await?;
    let mut times = Vec::new();
    for _ in 0..changes {
        let account = rand::rng().random_range(0..pages.len());
        change(&pool, &SEEDED.account(u32::try_from(account)?)).await?;
        let since = clock::tick();
        pages.get_mut(account).context("no such page")?.wait_for_event().await?;
        times.push(since.elapsed());
    }
    pool.close().await;
    Ok(Times::new(times))
}

async fn change(pool: &AnyPool, account: &str) -> Result<()> {
    let query = sqlx::query("UPDATE accounts SET revision = revision + 1 WHERE id = $1");
    let changed = query.bind(account.to_owned()).execute(pool).await?;
    ensure!(changed.rows_affected() == 1, "there is no account {account}");
    Ok(())
}

async fn half_sent(server: &Server) -> Result<HalfSent> {
    let before = server.program.memory()?;
    let text = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}", "x".repeat(HALF_SENT_BYTES));
    let mut streams = Vec::new();
    for _ in 0..HALF_SENT {
        let mut stream = TcpStream::connect(server.host()).await?;
        stream.write_all(text.as_bytes()).await?;
        streams.push(stream);
    }
    // The server reads as fast as it can, so two seconds are enough.
    sleep(Duration::from_secs(2)).await;
    let with = server.program.memory()?;
    for mut stream in streams {
        let ended = timeout(TIMEOUT, stream.read_to_end(&mut Vec::new())).await;
        // A reset also ends the request.
        let _ = ended.context("a half-sent request is not given up")?;
    }
    sleep(Duration::from_secs(2)).await;
    Ok(HalfSent { before, with, after: server.program.memory()? })
}

/// Page that listens for changes.
struct OpenPage(BufReader<TcpStream>);

impl OpenPage {
    async fn open(host: &str, customer: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(host).await?;
        let request = format!(
            "GET /api/changes HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\n\r\n",
            token(customer)?
        );
        stream.write_all(request.as_bytes()).await?;
        // A small buffer, because the pages share the machine with the server.
        let mut page = Self(BufReader::with_capacity(512, stream));
        let status = page.line().await?;
        ensure!(status.starts_with("HTTP/1.1 200 "), "a page was answered with {status}");
        page.wait_for_event().await?;
        Ok(page)
    }

    /// Waits for the next event.
    async fn wait_for_event(&mut self) -> Result<()> {
        let event = async {
            while !self.line().await?.starts_with("event: accounts") {}
            Ok(())
        };
        timeout(TIMEOUT, event).await.context("a page receives no event")?
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            bail!("a page's connection ended");
        }
        Ok(line)
    }
}

//! `cargo xtask bench console`: the console's first page, with more and more accounts stored.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::figures::{Times, format_count, format_ms, table};
use crate::inputs::Inputs;
use crate::report::Report;
use crate::seed_accounts::SeedAccounts;
use crate::server::{API_KEY, ServerSettings};
use crate::stripe::Stripe;

const SEEDED: SeedAccounts = SeedAccounts { name: "Page", per_customer: 5 };
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
const QUICK_SIZES: [u32; 3] = [1_000, 5_000, 20_000];
/// Maximum growth: a page may take this many times as long as with the fewest accounts.
const MAX_GROWTH: f64 = 1.5;
/// Time below which growth does not count: another level of an index takes a few hundred microseconds, which is a
/// large share of a page that takes less than a millisecond, and unnoticeable.
const FLOOR: Duration = Duration::from_millis(1);
/// Pages that must not get slower: the first one, and those with a state, with a bank, with a search, and
/// with a kind of holder that few accounts have.
const PATHS: [&str; 5] = [
    "/console",
    "/console?state=healthy",
    "/console?bank=Alder%20Bank&state=healthy",
    "/console?q=cus_Page7",
    "/console?holder=account",
];

/// Measures both engines. The report fails if a page gets slower with more accounts.
pub(crate) async fn run(inputs: &Inputs, quick: bool) -> Result<Report> {
    let (sizes, reads) = if quick { (QUICK_SIZES, 100) } else { (SIZES, 2_000) };
    let mut rows = Vec::new();
    for engine in [DatabaseEngine::Sqlite, DatabaseEngine::Postgres] {
        let measured = measure(engine, inputs, sizes, reads).await?;
        for (place, path) in PATHS.into_iter().enumerate() {
            let times: Vec<&Times> = measured.iter().filter_map(|of_size| of_size.get(place)).collect();
            let first = times.first().map(|times| times.percentile(50)).context("nothing was measured")?;
            rows.extend(sizes.into_iter().zip(times).map(|(accounts, times)| Row {
                engine,
                path,
                accounts,
                first,
                p50: times.percentile(50),
                p99: times.percentile(99),
            }));
        }
    }
    // A small number of reads proves little.
    let too_slow = rows.iter().filter(|row| !quick && row.is_too_slow()).map(Row::complaint).collect();
    Ok(report(&rows, reads, too_slow))
}

fn report(rows: &[Row], reads: u64, too_slow: Vec<String>) -> Report {
    let mut report = Report::new("bench console");
    let head = ["", "page", "accounts", "p50", "p99", "p50 growth"].map(str::to_owned).to_vec();
    report.add(&format!(
        "The console, {} reads of each page, one after the other\n{}A page fails above {MAX_GROWTH} times the longer of \
         its first p50 and {}\n",
        format_count(reads),
        table(&[vec![head], rows.iter().map(Row::cells).collect()].concat()),
        format_ms(FLOOR),
    ));
    report.figure("reads", reads.into());
    report.figure("most_growth", MAX_GROWTH.into());
    report.figure("floor_ms", (FLOOR.as_secs_f64() * 1e3).into());
    report.figure("rows", rows.iter().map(Row::figures).collect());
    for complaint in too_slow {
        report.fail(complaint);
    }
    report
}

/// Measurement of one page with one number of accounts.
struct Row {
    engine: DatabaseEngine,
    path: &'static str,
    accounts: u32,
    /// Median time with the fewest accounts.
    first: Duration,
    p50: Duration,
    p99: Duration,
}

impl Row {
    fn growth(&self) -> f64 {
        self.p50.as_secs_f64() / self.first.as_secs_f64()
    }

    fn is_too_slow(&self) -> bool {
        self.p50 > self.first.max(FLOOR).mul_f64(MAX_GROWTH)
    }

    fn complaint(&self) -> String {
        let Self { engine, path, accounts, first, p50, .. } = self;
        format!(
            "{} {path} takes {} with {} accounts and {} with the fewest: more than {MAX_GROWTH} times the longer of that \
             and {}",
            engine.name(),
            format_ms(*p50),
            format_count(u64::from(*accounts)),
            format_ms(*first),
            format_ms(FLOOR),
        )
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.engine.name().to_owned(),
            self.path.to_owned(),
            format_count(u64::from(self.accounts)),
            format_ms(self.p50),
            format_ms(self.p99),
            format!("{:.2}x", self.growth()),
        ]
    }

    fn figures(&self) -> Value {
        json!({
            "engine": self.engine.name(),
            "path": self.path,
            "accounts": self.accounts,
            "p50_ms": self.p50.as_secs_f64() * 1e3,
            "p99_ms": self.p99.as_secs_f64() * 1e3,
            "p50_to_the_first": self.growth(),
            "passed": !self.is_too_slow(),
        })
    }
}

async fn measure(
    engine: DatabaseEngine,
    inputs: &Inputs,
    sizes: [u32; 3],
    reads: u64,
) -> Result<Vec<Vec<Times>>> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let database = Database::create(engine, &inputs.postgres, folder.path()).await?;
    let stripe = Stripe::start(inputs, folder.path()).await?;
    let settings = ServerSettings::new(inputs, folder.path(), &database.url, &stripe.host)?;
    let (server, _) = settings.start().await?;
    let (mut stored, mut all) = (0, Vec::new());
    let base = format!("http://{}", server.host());
    for size in sizes {
        eprintln!("{}, {} accounts …", engine.name(), format_count(u64::from(size)));
        SEEDED.insert(&database, stored, size).await?;
        stored = size;
        let browser = Browser::sign_in(&base).await?;
        let mut of_size = Vec::new();
        for path in PATHS {
            browser.read(path, reads / 10).await?;
            of_size.push(Times::new(browser.read(path, reads).await?));
        }
        all.push(of_size);
    }
    server.stop().await?;
    database.remove().await?;
    Ok(all)
}

/// Browser of a signed-in operator.
pub(super) struct Browser {
    client: Client,
    base: String,
    cookie: String,
}

impl Browser {
    pub(super) async fn sign_in(base: &str) -> Result<Self> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build()?;
        let form = client.post(format!("{base}/console/key")).header("sec-fetch-site", "same-origin");
        let answer = form.form(&[("key", API_KEY)]).send().await?;
        ensure!(
            answer.headers().get(LOCATION).is_some_and(|to| to == "/console"),
            "sign-in failed: {}",
            answer.status()
        );
        let cookie = answer.headers().get(SET_COOKIE).context("there is no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, base: base.to_owned(), cookie })
    }

    /// Reads the page this many times, and returns the time of each read.
    pub(super) async fn read(&self, path: &str, times: u64) -> Result<Vec<Duration>> {
        let mut all = Vec::new();
        for _ in 0..times {
            let sent = clock::tick();
            let page =
                self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie).send().await?;
            ensure!(page.status() == StatusCode::OK, "{path} was answered with {}", page.status());
            let page = page.text().await?;
            all.push(sent.elapsed());
            ensure!(page.contains("Alder Bank"), "{path} shows no account and no bank");
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Row;
    use crate::database::DatabaseEngine;

    fn is_too_slow(first: u64, p50: u64) -> bool {
        let [first, p50] = [first, p50].map(Duration::from_micros);
        let row = Row {
            engine: DatabaseEngine::Sqlite,
            path: "/console",
            accounts: 1_000_000,
            first,
            p50,
            p99: p50,
        };
        row.is_too_slow()
    }

    #[test]
    fn a_page_above_the_floor_fails_when_it_grows_by_more_than_half() {
        assert!(!is_too_slow(2_000, 3_000));
        assert!(is_too_slow(2_000, 3_001));
    }

    #[test]
    fn a_ratio_counts_only_above_the_floor() {
        assert!(!is_too_slow(340, 620), "the depth of an index is no failure");
        assert!(!is_too_slow(340, 1_500));
        assert!(is_too_slow(340, 1_501), "a page that has become slow is one, however fast it was");
    }
}

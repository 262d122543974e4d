//! `cargo xtask bench console`: the console's first page, with more and more accounts stored.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use crate::clock;
use crate::database::{Database, Engine};
use crate::figures::{Times, many, ms, table};
use crate::fill::Crowd;
use crate::given::Given;
use crate::server::{API_KEY, Recipe};
use crate::stripe::Stripe;

const CROWD: Crowd = Crowd { name: "Page", each: 5 };
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
const QUICK_SIZES: [u32; 3] = [1_000, 5_000, 20_000];
/// Slower than with the fewest accounts by no more than this.
const MOST_GROWTH: f64 = 1.5;
/// The pages that must not get slower: the first one, a state, a bank, and a search.
const PATHS: [&str; 4] = [
    "/console",
    "/console?state=healthy",
    "/console?bank=Alder%20Bank&state=healthy",
    "/console?q=cus_Page7",
];

/// Measures both engines, and gives the table. An error where the first page gets slower.
pub(crate) async fn run(given: &Given, quick: bool) -> Result<String> {
    let (sizes, reads) = if quick { (QUICK_SIZES, 100) } else { (SIZES, 2_000) };
    let mut rows =
        vec![["", "page", "accounts", "p50", "p99", "p50 to the first"].map(str::to_owned).to_vec()];
    let mut too_slow = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let all = measure(engine, given, sizes, reads).await?;
        for (place, path) in PATHS.iter().enumerate() {
            let times = |of: &Vec<Times>| of.get(place).map(|times| (times.at(50), times.at(99)));
            let (first, _) = all.first().and_then(times).context("nothing was measured")?;
            for (size, of) in sizes.iter().zip(&all) {
                let (p50, p99) = times(of).context("nothing was measured")?;
                let growth = p50.as_secs_f64() / first.as_secs_f64();
                if growth > MOST_GROWTH {
                    too_slow.push(format!(
                        "{} {path} with {}: {growth:.2}x",
                        engine.name(),
                        many(u64::from(*size))
                    ));
                }
                rows.push(vec![
                    engine.name().to_owned(),
                    (*path).to_owned(),
                    many(u64::from(*size)),
                    ms(p50),
                    ms(p99),
                    format!("{growth:.2}x"),
                ]);
            }
        }
    }
    let figures =
        format!("The console, {} reads of each page, one after the other\n{}", many(reads), table(&rows));
    // Few reads say little.
    ensure!(quick || too_slow.is_empty(), "{figures}\nslower than {MOST_GROWTH}x: {}", too_slow.join("; "));
    Ok(figures)
}

async fn measure(engine: Engine, given: &Given, sizes: [u32; 3], reads: u64) -> Result<Vec<Vec<Times>>> {
    let folder = tempfile::Builder::new().prefix("relink-bench-").tempdir()?;
    let database = Database::create(engine, &given.postgres, folder.path()).await?;
    let stripe = Stripe::start(given, folder.path()).await?;
    let recipe = Recipe::new(given, folder.path(), &database.url, &stripe.host)?;
    let (server, _) = recipe.start().await?;
    let (mut stored, mut all) = (0, Vec::new());
    let base = format!("http://{}", server.host());
    for size in sizes {
        eprintln!("{}, {} accounts …", engine.name(), many(u64::from(size)));
        CROWD.fill(&database, stored, size).await?;
        stored = size;
        let browser = Browser::sign_in(&base).await?;
        let mut of = Vec::new();
        for path in PATHS {
            browser.read(path, reads / 10).await?;
            of.push(Times::of(browser.read(path, reads).await?));
        }
        all.push(of);
    }
    server.stop().await?;
    database.remove().await?;
    Ok(all)
}

/// A browser in which an operator is signed in.
struct Browser {
    client: Client,
    base: String,
    cookie: String,
}

impl Browser {
    async fn sign_in(base: &str) -> Result<Self> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build()?;
        let form = client.post(format!("{base}/console/key")).header("sec-fetch-site", "same-origin");
        let answer = form.form(&[("key", API_KEY)]).send().await?;
        ensure!(
            answer.headers().get(LOCATION).is_some_and(|to| to == "/console"),
            "nobody is signed in: {}",
            answer.status()
        );
        let cookie = answer.headers().get(SET_COOKIE).context("there is no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, base: base.to_owned(), cookie })
    }

    /// Reads the page so many times; how long each took.
    async fn read(&self, path: &str, times: u64) -> Result<Vec<Duration>> {
        let mut all = Vec::new();
        for _ in 0..times {
            let asked = clock::tick();
            let page =
                self.client.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie).send().await?;
            ensure!(page.status() == StatusCode::OK, "{path} was answered with {}", page.status());
            let page = page.text().await?;
            all.push(asked.elapsed());
            ensure!(page.contains("Alder Bank"), "{path} shows no account");
        }
        Ok(all)
    }
}

//! A backlog: Stripe could not deliver very many events, takes its time for each page of them, and more come meanwhile. The
//! server is killed again and again while it catches up.

mod stripe;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use self::stripe::SlowStripe;
use crate::clock;
use crate::database::{Database, Engine};
use crate::figures::many;
use crate::given::Given;
use crate::server::{Recipe, Server};
use crate::wait::until;

/// What a page of events holds.
const PAGE: u32 = 100;
/// A killed server may have read a page that it had no time to note.
const PAGES_FOR_A_KILL: u32 = 2;

/// How long the backlog is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    events: u32,
    a_page: Duration,
    kills: u32,
}

impl Backlog {
    pub(crate) const FULL: Self = Self { events: 50_000, a_page: Duration::from_secs(1), kills: 5 };
    pub(crate) const QUICK: Self = Self { events: 4_000, a_page: Duration::from_millis(250), kills: 2 };

    fn pages(self) -> u32 {
        self.events.div_ceil(PAGE)
    }

    /// Longer than it may take, with all the waiting between runs.
    fn longest(self) -> Duration {
        self.a_page * self.pages() * 2 + Duration::from_mins(4)
    }
}

/// Catches up, and gives a report; fails if a promise was broken.
pub(crate) async fn run(given: &Given, backlog: Backlog) -> Result<String> {
    let folder = tempfile::Builder::new().prefix("relink-backlog-").tempdir()?;
    let database = Database::create(Engine::Sqlite, &given.postgres, folder.path()).await?;
    let report = catch_up(given, folder.path(), &database, backlog).await?;
    database.check().await?;
    database.remove().await?;
    Ok(report)
}

async fn catch_up(given: &Given, folder: &Path, database: &Database, backlog: Backlog) -> Result<String> {
    let stripe = SlowStripe::start(backlog.events, backlog.a_page).await?;
    let recipe = Recipe::new(given, folder, &database.url, &stripe.host)?;
    let began = clock::tick();
    let (mut server, _) = recipe.start().await?;
    for kill in 1..=backlog.kills {
        let pages = backlog.pages() * kill / (backlog.kills + 1);
        until(backlog.longest(), async || {
            ensure!(stripe.book().pages >= pages, "{} pages were read", stripe.book().pages);
            Ok(())
        })
        .await?;
        stripe.fail_one();
        let recipe = server.kill().await?;
        (server, _) = recipe.start().await?;
    }
    until(backlog.longest(), async || is_caught_up(&server).await).await?;
    let (took, pages) = (began.elapsed(), stripe.book().pages);
    // What came meanwhile is read by the next pass, which a start begins.
    let recipe = server.kill().await?;
    let (server, _) = recipe.start().await?;
    let expected: BTreeSet<String> = stripe.book().events.iter().map(|event| event.id.clone()).collect();
    until(Duration::from_mins(2), async || {
        let missing = expected.len() - database.events().await?.len();
        ensure!(missing == 0, "{missing} events are missing");
        Ok(())
    })
    .await?;
    server.stop().await?;
    let entered: BTreeSet<String> = database.events().await?.into_iter().collect();
    ensure!(entered == expected, "other events were entered than Stripe has");
    let most = backlog.pages() + backlog.kills * PAGES_FOR_A_KILL + 1;
    ensure!(pages <= most, "{pages} pages were read where {} hold everything", backlog.pages());
    Ok(format!(
        "backlog: {} undelivered events at {} ms a page, {} kills meanwhile: all entered, each once, after {} s; {pages} \
         pages read of {}; the {} that came meanwhile are there, too\n",
        many(u64::from(backlog.events)),
        backlog.a_page.as_millis(),
        backlog.kills,
        took.as_secs(),
        backlog.pages(),
        backlog.kills,
    ))
}

/// An error while a pass is under way or something is still to do.
async fn is_caught_up(server: &Server) -> Result<()> {
    let status = server.ask("/api/status").await?;
    let catch_up = status.get("catch_up").context("no catch_up")?;
    ensure!(catch_up.get("reading") == Some(&Value::Null), "it reads: {catch_up}");
    ensure!(catch_up.get("caught_up_to").is_some_and(|at| !at.is_null()), "nothing was read: {catch_up}");
    Ok(())
}

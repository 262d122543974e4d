//! Backlog: Stripe could not deliver very many events, returns each page of them slowly, and adds more meanwhile. The
//! server is killed repeatedly while it catches up.

mod stripe;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use self::stripe::SlowStripe;
use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::figures::format_count;
use crate::inputs::Inputs;
use crate::poll::until;
use crate::server::{Server, ServerSettings};
use crate::soak::{Check, PartResult, Setup};

/// Number of events per page.
const PAGE: u32 = 100;
/// Number of pages that a kill may cost: the killed server may have read a page without recording it.
const PAGES_FOR_A_KILL: u32 = 2;
/// Time limit for the events that were added meanwhile.
const FINAL_PASS_TIMEOUT: Duration = Duration::from_mins(2);

/// Size of the backlog.
#[derive(Clone, Copy, Debug)]
struct Backlog {
    events: u32,
    page_delay: Duration,
    kills: u32,
}

impl Backlog {
    const FULL: Self = Self { events: 50_000, page_delay: Duration::from_secs(1), kills: 5 };
    const QUICK: Self = Self { events: 4_000, page_delay: Duration::from_millis(250), kills: 2 };

    fn pages(self) -> u32 {
        self.events.div_ceil(PAGE)
    }

    /// Returns the maximum number of pages to be read, including those that kills may cost.
    fn max_pages(self) -> u32 {
        self.pages() + self.kills * PAGES_FOR_A_KILL + 1
    }

    /// Returns a timeout that is longer than the catch-up may take, including the pauses between runs.
    fn longest(self) -> Duration {
        self.page_delay * self.pages() * 2 + Duration::from_mins(4)
    }
}

/// Lets the server catch up, and checks the results against their limits.
pub(crate) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let folder = tempfile::Builder::new().prefix("relink-backlog-").tempdir()?;
    let database = Database::create(DatabaseEngine::Sqlite, &setup.inputs.postgres, folder.path()).await?;
    let backlog = if setup.quick { Backlog::QUICK } else { Backlog::FULL };
    let caught_up = catch_up(setup.inputs, folder.path(), &database, backlog).await?;
    database.check().await?;
    database.remove().await?;
    Ok(caught_up.findings(backlog))
}

/// Results of a catch-up.
struct CatchUpResult {
    /// Time until no event of the backlog was left to read.
    took: Duration,
    /// Number of pages of events that were read until then.
    pages: u32,
    /// Number of events that Stripe has and the database lacks.
    lost: usize,
    /// Number of events in the database that Stripe does not have, or that are stored twice.
    surplus: usize,
}

impl CatchUpResult {
    fn findings(&self, backlog: Backlog) -> PartResult {
        let checks = vec![
            Check::at_most("events lost", self.lost, 0),
            Check::at_most("events entered twice or unknown to Stripe", self.surplus, 0),
            Check::at_most("pages of events read", self.pages as usize, backlog.max_pages() as usize),
        ];
        let figures = json!({
            "events": backlog.events,
            "page_seconds": backlog.page_delay.as_secs_f64(),
            "kills": backlog.kills,
            "took": self.took.as_secs_f64(),
            "pages_read": self.pages,
            "pages_that_hold_everything": backlog.pages(),
        });
        let text = format!(
            "  {} undelivered events at {} ms a page, {} kills meanwhile: caught up after {} s; {} pages read of {}\n",
            format_count(u64::from(backlog.events)),
            backlog.page_delay.as_millis(),
            backlog.kills,
            self.took.as_secs(),
            self.pages,
            backlog.pages(),
        );
        PartResult::Measured { checks, text, figures }
    }
}

async fn catch_up(
    inputs: &Inputs,
    folder: &Path,
    database: &Database,
    backlog: Backlog,
) -> Result<CatchUpResult> {
    let stripe = SlowStripe::start(backlog.events, backlog.page_delay).await?;
    let settings = ServerSettings::new(inputs, folder, &database.url, &stripe.host)?;
    let began = clock::tick();
    let (mut server, _) = settings.start().await?;
    for kill in 1..=backlog.kills {
        let pages = backlog.pages() * kill / (backlog.kills + 1);
        until(backlog.longest(), async || {
            ensure!(stripe.calls().pages >= pages, "{} pages were read", stripe.calls().pages);
            Ok(())
        })
        .await?;
        stripe.add_event();
        let settings = server.kill()?;
        (server, _) = settings.start().await?;
    }
    until(backlog.longest(), async || is_caught_up(&server).await).await?;
    let (took, pages) = (began.elapsed(), stripe.calls().pages);
    // The next pass, which begins at a start, reads the events that were added meanwhile.
    let settings = server.kill()?;
    let (server, _) = settings.start().await?;
    let expected: BTreeSet<String> = stripe.calls().events.iter().map(|event| event.id.clone()).collect();
    // Events that are still missing then fail the checks.
    let _ = until(FINAL_PASS_TIMEOUT, async || {
        let entered = database.events().await?.len();
        ensure!(entered >= expected.len(), "{entered} events of {} were entered", expected.len());
        Ok(())
    })
    .await;
    server.stop().await?;
    let all = database.events().await?;
    let entered: BTreeSet<String> = all.iter().cloned().collect();
    let known = entered.intersection(&expected).count();
    Ok(CatchUpResult { took, pages, lost: expected.len() - known, surplus: all.len() - known })
}

/// Fails while a pass is running, or if none has completed.
async fn is_caught_up(server: &Server) -> Result<()> {
    let status = server.get("/api/status").await?;
    let catch_up = status.get("catch_up").context("no catch_up")?;
    ensure!(catch_up.get("reading") == Some(&Value::Null), "it reads: {catch_up}");
    ensure!(catch_up.get("caught_up_to").is_some_and(|at| !at.is_null()), "nothing was read: {catch_up}");
    Ok(())
}

//! One customer's program sends requests as fast as 60 connections can, while other customers repair their accounts,
//! webhooks arrive, and Stripe allows 25 calls per second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::check::Check;
use super::{Findings, Setup, tell_problem};
use crate::click::{Clicker, Clicks};
use crate::database::{Database, Engine};
use crate::fill::Crowd;
use crate::probe::{Answers, Probe, Refused, ask};
use crate::server::{Recipe, Server, token};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, Mood, Stripe, client};
use crate::toll::Toll;
use crate::webhooks::{Ledger, Webhooks};

/// Accounts that webhooks are about. The throttled Stripe records the time at which each is read.
const CROWD: Crowd = Crowd { name: "Told", each: 1 };
const CALLS_A_SECOND: u32 = 25;
const CONNECTIONS: usize = 60;
/// Pause of the program after each response: it shares the processor with everything else here, and is supposed to
/// use up Stripe's budget, not the machine.
const REST: Duration = Duration::from_millis(20);
const OTHERS: u32 = 200;
const QUICK_OTHERS: u32 = 20;
const CLICK_EACH: Duration = Duration::from_millis(500);
const WEBHOOK_EACH: Duration = Duration::from_secs(1);
/// Limit of the 99th percentile for each wait of another customer.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Time limit from the response to a webhook to the call to Stripe about its account.
const LONGEST_REREAD: Duration = Duration::from_secs(5);

/// Lets all other customers relink once while the greedy one goes on.
pub(super) async fn run(setup: &Setup<'_>) -> Result<Findings> {
    let others = if setup.quick { QUICK_OTHERS } else { OTHERS };
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(Engine::Sqlite, &setup.given.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(setup.given, folder.path()).await?);
    // Each customer has two accounts: the first one is repaired.
    let accounts = stripe.add((usize::try_from(others)? + 1) * 2, Mood::Broken).await?;
    let mut accounts: Vec<Account> = accounts.into_iter().step_by(2).collect();
    let greedy = accounts.pop().context("there is no account")?;
    let limited = Toll::start(CROWD, CALLS_A_SECOND, &stripe.host).await?;
    let (server, _) = Recipe::new(setup.given, folder.path(), &database.url, &limited.host)?.start().await?;
    CROWD.fill(&database, 0, others).await?;

    let program = Greedy::start(server.host(), &greedy)?;
    let (clicks, webhooks, reread) = visit(&server, &stripe, accounts, &limited, others).await?;
    let mut checks = others_checks(&clicks, &webhooks, reread);
    checks.extend(program.stop().await);
    server.stop().await?;
    database.check().await?;
    let refused = limited.book().refused;
    let text = format!("  {refused} calls refused by Stripe's limit of {CALLS_A_SECOND} a second\n");
    Ok(Findings::Measured { checks, text, figures: json!({ "calls_refused_by_stripe": refused }) })
}

/// Runs the relinks and webhooks; also returns the longest time from a webhook to the read of its account.
async fn visit(
    server: &Server,
    stripe: &Arc<Stripe>,
    accounts: Vec<Account>,
    limited: &Toll,
    others: u32,
) -> Result<(Answers, Answers, Duration)> {
    let clock = ServerClock::default();
    let crowd =
        (0..others).map(|number| Account { id: CROWD.account(number), customer: CROWD.customer(number) });
    let webhooks = Webhooks::new(server.host(), "Greedy", crowd.collect(), None, &clock)?;
    let ledger = webhooks.ledger.clone();
    let clicks = Clicks { clicker: Clicker::visitor(server.host(), stripe)?, accounts, clock };
    let (webhooks, clicks) = (Probe::start(webhooks, WEBHOOK_EACH), Probe::start(clicks, CLICK_EACH));
    // Half an interval less, so that no customer relinks twice.
    sleep((CLICK_EACH * others).saturating_sub(CLICK_EACH / 2)).await;
    let (clicks, webhooks) = (clicks.stop().await?, webhooks.stop().await?);
    sleep(LONGEST_REREAD).await;
    Ok((clicks, webhooks, longest_reread(&ledger, limited)))
}

fn others_checks(clicks: &Answers, webhooks: &Answers, reread: Duration) -> Vec<Check> {
    tell_problem("clicks", clicks);
    tell_problem("webhooks", webhooks);
    vec![
        Check::at_most(
            format!("clicks of {} other customers that failed", clicks.count()),
            clicks.failed(),
            0,
        ),
        Check::time("longest wait in another customer's click, p99", clicks.times().at(99), LONGEST_WAIT),
        Check::at_most(format!("webhooks that failed, of {}", webhooks.count()), webhooks.failed(), 0),
        Check::time("webhook to reading its account, longest", reread, LONGEST_REREAD),
    ]
}

/// Returns the longest time from the 2xx response to the first read of the account; twice the limit if it was never
/// read.
fn longest_reread(ledger: &Ledger, limited: &Toll) -> Duration {
    let book = limited.book();
    let wait = |(account, acknowledged): (String, Instant)| match book.first_reads.get(&account) {
        Some(read) => read.saturating_duration_since(acknowledged),
        None => LONGEST_REREAD * 2,
    };
    ledger.acknowledged_last().into_iter().map(wait).max().unwrap_or_default()
}

/// Program of the greedy customer.
struct Greedy {
    connections: JoinSet<()>,
    counts: Arc<Counts>,
    stopped: Arc<AtomicBool>,
}

#[derive(Default)]
struct Counts {
    all: AtomicUsize,
    limited: AtomicUsize,
    without_time: AtomicUsize,
    failed: AtomicUsize,
}

impl Greedy {
    fn start(host: &str, account: &Account) -> Result<Self> {
        let (counts, stopped) = (Arc::<Counts>::default(), Arc::<AtomicBool>::default());
        let token = token(&account.customer)?;
        let mut connections = JoinSet::new();
        for number in 0..CONNECTIONS {
            let (counts, stopped, client) = (Arc::clone(&counts), Arc::clone(&stopped), client()?);
            let (host, account, token) = (host.to_owned(), account.id.clone(), token.clone());
            connections.spawn(async move {
                while !stopped.load(Ordering::SeqCst) {
                    let request = wish(&client, &host, &account, number).bearer_auth(&token);
                    counts.note(ask(request).await.err().as_ref());
                    sleep(REST).await;
                }
            });
        }
        Ok(Self { connections, counts, stopped })
    }

    /// Stops the program, and checks its responses.
    async fn stop(self) -> [Check; 3] {
        self.stopped.store(true, Ordering::SeqCst);
        self.connections.join_all().await;
        let Counts { all, limited, without_time, failed } = &*self.counts;
        let [all, limited, without_time, failed] =
            [all, limited, without_time, failed].map(|count| count.load(Ordering::SeqCst));
        [
            Check::at_least(format!("greedy customer: 429, of {all} answers"), limited, 1),
            Check::at_most("greedy customer: 429 without Retry-After", without_time, 0),
            Check::at_most("greedy customer: neither 2xx nor 429", failed, 0),
        ]
    }
}

/// Creates a request: half of the connections read the account, the others begin sessions.
fn wish(client: &Client, host: &str, account: &str, number: usize) -> RequestBuilder {
    if number.is_multiple_of(2) {
        return client.get(format!("http://{host}/api/accounts/{account}"));
    }
    client
        .post(format!("http://{host}/api/sessions"))
        .json(&json!({ "account": account, "choice": "repair" }))
}

impl Counts {
    fn note(&self, error: Option<&anyhow::Error>) {
        let count = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::SeqCst);
        count(&self.all);
        match error.map(|error| error.downcast_ref::<Refused>()) {
            None => {}
            Some(Some(refused)) if refused.status == 429 => {
                count(&self.limited);
                if !refused.has_retry_after {
                    count(&self.without_time);
                }
            }
            Some(_) => {
                count(&self.failed);
            }
        }
    }
}

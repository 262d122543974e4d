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
use super::{PartResult, Setup, print_first_failure};
use crate::database::{Database, DatabaseEngine};
use crate::probe::{Probe, Refused, Samples, send};
use crate::relink_client::{CustomerClient, Relinks};
use crate::seed_accounts::SeedAccounts;
use crate::server::{Server, ServerSettings, token};
use crate::server_clock::ServerClock;
use crate::stripe::{Account, AccountState, Stripe, client};
use crate::throttled_stripe::ThrottledStripe;
use crate::webhooks::{AcknowledgedEvents, Webhooks};

/// Accounts that webhooks are about. The throttled Stripe records the time at which each is read.
const SEEDED: SeedAccounts = SeedAccounts { name: "Told", per_customer: 1 };
const CALLS_A_SECOND: u32 = 25;
const CONNECTIONS: usize = 60;
/// Pause of the program after each response: it shares the processor with everything else here, and is supposed to
/// use up Stripe's budget, not the machine.
const PAUSE: Duration = Duration::from_millis(20);
const OTHERS: u32 = 200;
const QUICK_OTHERS: u32 = 20;
const RELINK_INTERVAL: Duration = Duration::from_millis(500);
const WEBHOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Limit of the 99th percentile for each wait of another customer.
const MAX_WAIT: Duration = Duration::from_secs(1);
/// Time limit from the response to a webhook to the call to Stripe about its account.
const MAX_REREAD: Duration = Duration::from_secs(5);

/// Lets all other customers relink once while the greedy one goes on.
pub(super) async fn run(setup: &Setup<'_>) -> Result<PartResult> {
    let others = if setup.quick { QUICK_OTHERS } else { OTHERS };
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(DatabaseEngine::Sqlite, &setup.inputs.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(setup.inputs, folder.path()).await?);
    // Each customer has two accounts: the first one is repaired.
    let accounts = stripe.add((usize::try_from(others)? + 1) * 2, AccountState::Broken).await?;
    let mut accounts: Vec<Account> = accounts.into_iter().step_by(2).collect();
    let greedy = accounts.pop().context("there is no account")?;
    let limited = ThrottledStripe::start(SEEDED, CALLS_A_SECOND, &stripe.host).await?;
    let (server, _) =
        ServerSettings::new(setup.inputs, folder.path(), &database.url, &limited.host)?.start().await?;
    SEEDED.insert(&database, 0, others).await?;

    let program = Greedy::start(server.host(), &greedy)?;
    let (relinks, webhooks, reread) = run_others(&server, &stripe, accounts, &limited, others).await?;
    let mut checks = others_checks(&relinks, &webhooks, reread);
    checks.extend(program.stop().await);
    server.stop().await?;
    database.check().await?;
    let refused = limited.calls().refused;
    let text = format!("  {refused} calls refused by Stripe's limit of {CALLS_A_SECOND} a second\n");
    Ok(PartResult::Measured { checks, text, figures: json!({ "calls_refused_by_stripe": refused }) })
}

/// Runs the relinks and webhooks; also returns the longest time from a webhook to the read of its account.
async fn run_others(
    server: &Server,
    stripe: &Arc<Stripe>,
    accounts: Vec<Account>,
    limited: &ThrottledStripe,
    others: u32,
) -> Result<(Samples, Samples, Duration)> {
    let clock = ServerClock::default();
    let seeded =
        (0..others).map(|number| Account { id: SEEDED.account(number), customer: SEEDED.customer(number) });
    let webhooks = Webhooks::new(server.host(), "Greedy", seeded.collect(), None, &clock)?;
    let acknowledged = webhooks.acknowledged.clone();
    let relinks =
        Relinks { customer: CustomerClient::with_new_connections(server.host(), stripe)?, accounts, clock };
    let (webhooks, relinks) =
        (Probe::start(webhooks, WEBHOOK_INTERVAL), Probe::start(relinks, RELINK_INTERVAL));
    // Half an interval less, so that no customer relinks twice.
    sleep((RELINK_INTERVAL * others).saturating_sub(RELINK_INTERVAL / 2)).await;
    let (relinks, webhooks) = (relinks.stop().await?, webhooks.stop().await?);
    sleep(MAX_REREAD).await;
    Ok((relinks, webhooks, longest_reread(&acknowledged, limited)))
}

fn others_checks(relinks: &Samples, webhooks: &Samples, reread: Duration) -> Vec<Check> {
    print_first_failure("clicks", relinks);
    print_first_failure("webhooks", webhooks);
    vec![
        Check::at_most(
            format!("clicks of {} other customers that failed", relinks.count()),
            relinks.failed(),
            0,
        ),
        Check::time(
            "longest wait in another customer's click, p99",
            relinks.times().percentile(99),
            MAX_WAIT,
        ),
        Check::at_most(format!("webhooks that failed, of {}", webhooks.count()), webhooks.failed(), 0),
        Check::time("webhook to reading its account, longest", reread, MAX_REREAD),
    ]
}

/// Returns the longest time from the 2xx response to the first read of the account; twice the limit if it was never
/// read.
fn longest_reread(acknowledged: &AcknowledgedEvents, limited: &ThrottledStripe) -> Duration {
    let calls = limited.calls();
    let wait = |(account, acknowledged): (String, Instant)| match calls.first_reads.get(&account) {
        Some(read) => read.saturating_duration_since(acknowledged),
        None => MAX_REREAD * 2,
    };
    acknowledged.last_acknowledged().into_iter().map(wait).max().unwrap_or_default()
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
    without_retry_after: AtomicUsize,
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
                    let request = build_request(&client, &host, &account, number).bearer_auth(&token);
                    counts.record(send(request).await.err().as_ref());
                    sleep(PAUSE).await;
                }
            });
        }
        Ok(Self { connections, counts, stopped })
    }

    /// Stops the program, and checks its responses.
    async fn stop(self) -> [Check; 3] {
        self.stopped.store(true, Ordering::SeqCst);
        self.connections.join_all().await;
        let Counts { all, limited, without_retry_after, failed } = &*self.counts;
        let [all, limited, without_retry_after, failed] =
            [all, limited, without_retry_after, failed].map(|count| count.load(Ordering::SeqCst));
        [
            Check::at_least(format!("greedy customer: 429, of {all} answers"), limited, 1),
            Check::at_most("greedy customer: 429 without Retry-After", without_retry_after, 0),
            Check::at_most("greedy customer: neither 2xx nor 429", failed, 0),
        ]
    }
}

/// Creates a request: half of the connections read the account, the others begin sessions.
fn build_request(client: &Client, host: &str, account: &str, number: usize) -> RequestBuilder {
    if number.is_multiple_of(2) {
        return client.get(format!("http://{host}/api/accounts/{account}"));
    }
    client
        .post(format!("http://{host}/api/sessions"))
        .json(&json!({ "account": account, "choice": "repair" }))
}

impl Counts {
    fn record(&self, error: Option<&anyhow::Error>) {
        let count = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::SeqCst);
        count(&self.all);
        match error.map(|error| error.downcast_ref::<Refused>()) {
            None => {}
            Some(Some(refused)) if refused.status == 429 => {
                count(&self.limited);
                if !refused.has_retry_after {
                    count(&self.without_retry_after);
                }
            }
            Some(_) => {
                count(&self.failed);
            }
        }
    }
}

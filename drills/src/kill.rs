//! Servers that are killed at random times under a stream of webhooks.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use relink_test_kit::MerchantEndpoint;
use serde_json::{Value, json};

use crate::assertions::{Deliveries, assert_promises};
use crate::clock;
use crate::database::{Database, DatabaseEngine};
use crate::figures::{Times, format_count, format_ms};
use crate::inputs::Inputs;
use crate::server::{Server, ServerSettings};
use crate::stream::{Stream, StreamCounts};
use crate::stripe::{AccountState, Stripe};

const ACCOUNTS: usize = 300;
/// Rate limit of the server's calls to Stripe, the highest possible one, so that the work keeps up with the kills.
/// The sandbox has no limit.
const CALLS_A_SECOND: &str = "100";
/// Maximum number of further events that are accepted before a server is killed.
const MAX_EVENTS_BETWEEN: u64 = 200;
/// Maximum delay after that in microseconds, so that kills are not aligned with the drill's own loop.
const MAX_DELAY_MICROS: u64 = 4_000;
/// Number of restarts, after the kills, that show how long a start takes on this machine at best.
const IDLE_STARTS: u32 = 5;

/// Parameters of a drill.
#[derive(Clone, Copy, Debug)]
pub struct Drill {
    /// Database engine of the servers.
    pub engine: DatabaseEngine,
    /// Number of servers.
    pub servers: usize,
    /// Schedule of the kills.
    pub kills: Kills,
    /// Seed of the random choices. The exact times still differ a little between runs.
    pub seed: u64,
}

/// Schedule of kills.
#[derive(Clone, Copy, Debug)]
pub enum Kills {
    /// This number of kills, each at a random time after a start.
    Times(u32),
    /// One kill per second for this time.
    EachSecondFor(Duration),
}

/// Result of a drill. It exists only if every promise was kept, apart from lost events, which it counts.
#[derive(Debug)]
pub struct KillReport {
    pub(crate) kills: usize,
    /// Number of events that were sent and accepted.
    pub(crate) events: usize,
    /// Number of accepted events that are not in the database.
    pub(crate) lost: usize,
    pub(crate) acks: u64,
    pub(crate) refusals: u64,
    pub(crate) broken: u64,
    /// Number of merchant events that were received.
    pub(crate) messages: usize,
    /// Times from each restart after a kill to the first 200 of `/readyz`.
    pub(crate) starts: Times,
    /// The same of restarts after a clean stop, with nothing to do.
    pub(crate) idle_starts: Times,
    pub(crate) took: Duration,
}

impl KillReport {
    /// Returns the number of accepted events that are lost.
    pub fn lost_events(&self) -> usize {
        self.lost
    }

    /// Returns the median restart time after a kill.
    pub fn median_restart(&self) -> Duration {
        self.starts.percentile(50)
    }

    /// Returns the median restart time after a clean stop, with nothing to do: what this machine takes at best.
    pub fn median_idle_restart(&self) -> Duration {
        self.idle_starts.percentile(50)
    }

    /// Returns the result as JSON; times are in seconds.
    pub(crate) fn figures(&self) -> Value {
        json!({
            "kills": self.kills,
            "events": self.events,
            "lost": self.lost,
            "answers_2xx": self.acks,
            "answers_5xx": self.refusals,
            "without_answer": self.broken,
            "messages": self.messages,
            "ready_again_median": self.starts.percentile(50).as_secs_f64(),
            "ready_again_longest": self.starts.longest().as_secs_f64(),
            "ready_again_when_idle": self.idle_starts.percentile(50).as_secs_f64(),
            "took": self.took.as_secs_f64(),
        })
    }

    /// Returns the result as a sentence.
    pub fn sentence(&self) -> String {
        let [events, acks, refusals, broken, messages] =
            [self.events as u64, self.acks, self.refusals, self.broken, self.messages as u64]
                .map(format_count);
        format!(
            "{} kills, {events} events ({acks} answers with 2xx, {refusals} with 5xx, {broken} without answer), {} \
             lost; {messages} messages; ready again after {} (median) and {} (longest), {} when idle; {} s in all",
            self.kills,
            self.lost,
            format_ms(self.median_restart()),
            format_ms(self.starts.longest()),
            format_ms(self.median_idle_restart()),
            self.took.as_secs(),
        )
    }
}

/// Runs the drill; fails if a promise was broken. Lost events are in the report.
pub async fn run(inputs: &Inputs, drill: &Drill) -> Result<KillReport> {
    let began = clock::tick();
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(drill.engine, &inputs.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(inputs, folder.path()).await?);
    let accounts = stripe.add(ACCOUNTS, AccountState::Healthy).await?;
    let merchant = MerchantEndpoint::start().await?;
    let mut servers = Vec::new();
    for _ in 0..drill.servers {
        let settings = ServerSettings::new(inputs, folder.path(), &database.url, &stripe.host)?
            .with("RELINK_STRIPE_RATE", CALLS_A_SECOND)
            .with("RELINK_WEBHOOK_URL", merchant.url())
            .with("RELINK_WEBHOOK_SECRET", merchant.secret())
            .with("RELINK_WEBHOOK_ALLOW_PRIVATE", "true");
        servers.push(settings.start().await?.0);
    }
    let hosts: Vec<String> = servers.iter().map(|server| server.host().to_owned()).collect();
    let mut stream = Stream::start(&stripe, &accounts, &hosts, drill.seed);
    let mut rng = StdRng::seed_from_u64(drill.seed);
    let (servers, starts) = match drill.kills {
        Kills::Times(times) => at_random(servers, times, &mut stream, &mut rng).await?,
        Kills::EachSecondFor(time) => once_a_second(servers, time, &mut stream, &mut rng).await?,
    };
    let counts = stream.finish().await?;
    let mut deliveries = Deliveries::default();
    for server in &servers {
        deliveries = assert_promises(server, &stripe, &merchant, &database, &counts).await?;
    }
    let mut idle_starts = Vec::new();
    for server in servers {
        idle_starts.extend(restart_idle(server).await?);
    }
    database.check().await?;
    database.remove().await?;
    Ok(report(&counts, starts, idle_starts, deliveries, began))
}

fn report(
    counts: &StreamCounts,
    starts: Vec<Duration>,
    idle_starts: Vec<Duration>,
    deliveries: Deliveries,
    began: Instant,
) -> KillReport {
    KillReport {
        kills: starts.len(),
        events: counts.accepted().len(),
        acks: counts.acks.load(Ordering::SeqCst),
        refusals: counts.refusals.load(Ordering::SeqCst),
        broken: counts.broken.load(Ordering::SeqCst),
        lost: deliveries.lost,
        messages: deliveries.messages,
        starts: Times::new(starts),
        idle_starts: Times::new(idle_starts),
        took: began.elapsed(),
    }
}

/// Restarts a server that has nothing to do, stops it, and returns the times until it was ready.
async fn restart_idle(mut server: Server) -> Result<Vec<Duration>> {
    let mut starts = Vec::new();
    for _ in 0..IDLE_STARTS {
        let (restarted, took) = server.stop().await?.start().await?;
        server = restarted;
        starts.push(took);
    }
    server.stop().await?;
    Ok(starts)
}

type Restarted = (Vec<Server>, Vec<Duration>);

async fn at_random(
    mut servers: Vec<Server>,
    times: u32,
    stream: &mut Stream,
    rng: &mut StdRng,
) -> Result<Restarted> {
    let mut starts = Vec::new();
    for _ in 0..times {
        let goal = stream.counts.acks.load(Ordering::SeqCst) + rng.random_range(0..MAX_EVENTS_BETWEEN);
        while stream.counts.acks.load(Ordering::SeqCst) < goal {
            stream.check()?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(rng.random_range(0..MAX_DELAY_MICROS))).await;
        kill_and_restart_one(&mut servers, rng, &mut starts).await?;
    }
    Ok((servers, starts))
}

async fn once_a_second(
    mut servers: Vec<Server>,
    time: Duration,
    stream: &mut Stream,
    rng: &mut StdRng,
) -> Result<Restarted> {
    let mut starts = Vec::new();
    let began = clock::tick();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    while began.elapsed() < time {
        seconds.tick().await;
        stream.check()?;
        kill_and_restart_one(&mut servers, rng, &mut starts).await?;
    }
    Ok((servers, starts))
}

/// Kills a random server, and starts it again at once on the same address and database.
async fn kill_and_restart_one(
    servers: &mut Vec<Server>,
    rng: &mut StdRng,
    starts: &mut Vec<Duration>,
) -> Result<()> {
    let victim = servers.swap_remove(rng.random_range(0..servers.len()));
    let settings = victim.kill()?;
    let (server, took) = settings.start().await?;
    servers.push(server);
    starts.push(took);
    Ok(())
}

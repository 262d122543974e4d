//! Servers that are killed at random times under a stream of webhooks.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::clock;
use crate::database::{Database, Engine};
use crate::figures::{Times, many, ms};
use crate::given::Given;
use crate::receiver::Receiver;
use crate::server::{Recipe, Server};
use crate::stream::{Stream, Tally};
use crate::stripe::{Mood, Stripe};
use crate::verdict::judge;

const ACCOUNTS: usize = 300;
/// Rate limit of the server's calls to Stripe, the highest possible one, so that the work keeps up with the kills.
/// The sandbox has no limit.
const CALLS_A_SECOND: &str = "100";
/// Maximum number of further events that are accepted before a server is killed.
const MOST_BETWEEN: u64 = 200;
/// Maximum delay after that in microseconds, so that kills are not aligned with the drill's own loop.
const MOST_LATER: u64 = 4_000;

/// Parameters of a drill.
#[derive(Clone, Copy, Debug)]
pub struct Drill {
    /// Database engine of the servers.
    pub engine: Engine,
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

/// Result of a drill. It exists only if no promise was broken.
#[derive(Debug)]
pub struct Report {
    pub(crate) kills: usize,
    /// Number of events that were sent and accepted.
    pub(crate) events: usize,
    pub(crate) acks: u64,
    pub(crate) refusals: u64,
    pub(crate) broken: u64,
    /// Number of merchant events that were received.
    pub(crate) messages: usize,
    /// Times from each restart to the first 200 of `/readyz`.
    pub(crate) starts: Times,
    pub(crate) took: Duration,
}

impl Report {
    /// Returns the median restart time.
    pub fn usual_start(&self) -> Duration {
        self.starts.at(50)
    }

    /// Returns the result as JSON; times are in seconds.
    pub(crate) fn figures(&self) -> Value {
        json!({
            "kills": self.kills,
            "events": self.events,
            "answers_2xx": self.acks,
            "answers_5xx": self.refusals,
            "without_answer": self.broken,
            "messages": self.messages,
            "ready_again_median": self.starts.at(50).as_secs_f64(),
            "ready_again_longest": self.starts.longest().as_secs_f64(),
            "took": self.took.as_secs_f64(),
        })
    }

    /// Returns the result as a sentence.
    pub fn sentence(&self) -> String {
        let [events, acks, refusals, broken, messages] =
            [self.events as u64, self.acks, self.refusals, self.broken, self.messages as u64].map(many);
        format!(
            "{} kills, {events} events ({acks} answers with 2xx, {refusals} with 5xx, {broken} without answer), none \
             lost; {messages} messages; ready again after {} (median) and {} (longest); {} s in all",
            self.kills,
            ms(self.starts.at(50)),
            ms(self.starts.longest()),
            self.took.as_secs(),
        )
    }
}

/// Runs the drill; fails if a promise was broken.
pub async fn run(given: &Given, drill: &Drill) -> Result<Report> {
    let began = clock::tick();
    let folder = tempfile::Builder::new().prefix("relink-drill-").tempdir()?;
    let database = Database::create(drill.engine, &given.postgres, folder.path()).await?;
    let stripe = Arc::new(Stripe::start(given, folder.path()).await?);
    let accounts = stripe.add(ACCOUNTS, Mood::Healthy).await?;
    let receiver = Receiver::start().await?;
    let mut servers = Vec::new();
    for _ in 0..drill.servers {
        let recipe = Recipe::new(given, folder.path(), &database.url, &stripe.host)?
            .with("RELINK_STRIPE_RATE", CALLS_A_SECOND)
            .with("RELINK_WEBHOOK_URL", receiver.url.as_str())
            .with("RELINK_WEBHOOK_SECRET", receiver.secret.as_str())
            .with("RELINK_WEBHOOK_ALLOW_PRIVATE", "true");
        servers.push(recipe.start().await?.0);
    }
    let hosts: Vec<String> = servers.iter().map(|server| server.host().to_owned()).collect();
    let mut stream = Stream::start(&stripe, &accounts, &hosts, drill.seed);
    let mut chance = StdRng::seed_from_u64(drill.seed);
    let (servers, starts) = match drill.kills {
        Kills::Times(times) => at_random(servers, times, &mut stream, &mut chance).await?,
        Kills::EachSecondFor(time) => each_second(servers, time, &mut stream, &mut chance).await?,
    };
    let tally = stream.finish().await?;
    let mut messages = 0;
    for server in &servers {
        messages = judge(server, &stripe, &receiver, &database, &tally).await?;
    }
    for server in servers {
        server.stop().await?;
    }
    database.check().await?;
    database.remove().await?;
    Ok(report(&tally, starts, messages, began))
}

fn report(tally: &Tally, starts: Vec<Duration>, messages: usize, began: Instant) -> Report {
    Report {
        kills: starts.len(),
        events: tally.taken().len(),
        acks: tally.acks.load(Ordering::SeqCst),
        refusals: tally.refusals.load(Ordering::SeqCst),
        broken: tally.broken.load(Ordering::SeqCst),
        messages,
        starts: Times::of(starts),
        took: began.elapsed(),
    }
}

type Survivors = (Vec<Server>, Vec<Duration>);

async fn at_random(
    mut servers: Vec<Server>,
    times: u32,
    stream: &mut Stream,
    chance: &mut StdRng,
) -> Result<Survivors> {
    let mut starts = Vec::new();
    for _ in 0..times {
        let goal = stream.tally.acks.load(Ordering::SeqCst) + chance.random_range(0..MOST_BETWEEN);
        while stream.tally.acks.load(Ordering::SeqCst) < goal {
            stream.check()?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(chance.random_range(0..MOST_LATER))).await;
        replace_one(&mut servers, chance, &mut starts).await?;
    }
    Ok((servers, starts))
}

async fn each_second(
    mut servers: Vec<Server>,
    time: Duration,
    stream: &mut Stream,
    chance: &mut StdRng,
) -> Result<Survivors> {
    let mut starts = Vec::new();
    let began = clock::tick();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    while began.elapsed() < time {
        seconds.tick().await;
        stream.check()?;
        replace_one(&mut servers, chance, &mut starts).await?;
    }
    Ok((servers, starts))
}

/// Kills a random server, and starts it again at once on the same address and database.
async fn replace_one(
    servers: &mut Vec<Server>,
    chance: &mut StdRng,
    starts: &mut Vec<Duration>,
) -> Result<()> {
    let victim = servers.swap_remove(chance.random_range(0..servers.len()));
    let recipe = victim.kill().await?;
    let (server, took) = recipe.start().await?;
    servers.push(server);
    starts.push(took);
    Ok(())
}

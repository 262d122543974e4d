//! Subjects that receive and store webhooks: our server on both engines, and the servers that people would write
//! instead.

use std::path::Path;

use anyhow::{Context as _, Result};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use tokio::process::Command;

use crate::database::{Database, Engine};
use crate::event::DEACTIVATED;
use crate::given::{self, Given};
use crate::program::Program;
use crate::server::{Recipe, Server, WEBHOOK_SECRET};
use crate::stripe::Stripe;

/// Subject of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    Relink(Engine, Job),
    /// Name of the subject's folder in `drills/peers`.
    Peer(&'static str),
}

/// Work on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Verify and store it, as the peers do.
    Keep,
    /// Also record in the same transaction that its account has to be read; and read some of the accounts meanwhile.
    KeepAndFollow,
}

/// All subjects. The others are compared with the first.
pub(crate) const ALL: [Contestant; 6] = [
    Contestant::Relink(Engine::Sqlite, Job::Keep),
    Contestant::Relink(Engine::Sqlite, Job::KeepAndFollow),
    Contestant::Relink(Engine::Postgres, Job::Keep),
    Contestant::Relink(Engine::Postgres, Job::KeepAndFollow),
    Contestant::Peer("fastify"),
    Contestant::Peer("express"),
];

impl Contestant {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Relink(engine, Job::Keep) => format!("relink-server, {}", engine.name()),
            Self::Relink(engine, Job::KeepAndFollow) => {
                format!("relink-server, {}, and what follows", engine.name())
            }
            Self::Peer(name) => format!("{name}, SQLite"),
        }
    }

    /// Returns the type of the events that the subject is sent. Relink does nothing about customers.
    pub(crate) fn events(self) -> &'static str {
        match self {
            Self::Relink(_, Job::KeepAndFollow) => DEACTIVATED,
            Self::Relink(_, Job::Keep) | Self::Peer(_) => "customer.updated",
        }
    }
}

/// Running subject.
#[derive(Debug)]
pub(crate) struct Running {
    /// Host and port.
    pub(crate) host: String,
    /// URL of the subject's database.
    url: String,
    who: Who,
}

#[derive(Debug)]
enum Who {
    Relink { server: Box<Server>, database: Database, _stripe: Box<Stripe> },
    Peer(Box<Program>),
}

impl Running {
    /// Starts a subject with an empty database.
    pub(crate) async fn start(contestant: Contestant, given: &Given, folder: &Path) -> Result<Self> {
        match contestant {
            Contestant::Relink(engine, _) => Self::relink(engine, given, folder).await,
            Contestant::Peer(name) => Self::peer(name, folder).await,
        }
    }

    async fn relink(engine: Engine, given: &Given, folder: &Path) -> Result<Self> {
        let database = Database::create(engine, &given.postgres, folder).await?;
        let stripe = Stripe::start(given, folder).await?;
        let (server, _) = Recipe::new(given, folder, &database.url, &stripe.host)?.start().await?;
        let (host, url) = (server.host().to_owned(), database.url.clone());
        let who = Who::Relink { server: Box::new(server), database, _stripe: Box::new(stripe) };
        Ok(Self { host, url, who })
    }

    async fn peer(name: &'static str, folder: &Path) -> Result<Self> {
        install_default_drivers();
        let file = folder.join("peer.db");
        let mut command = Command::new("node");
        command.current_dir(given::peers()?.join(name)).arg("server.js");
        command.env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET).env("DATABASE_FILE", &file);
        // In development mode, Express is slower and prints more.
        command.env("NODE_ENV", "production");
        let mut program = Program::start(name, command, &folder.join("peer.log"))?;
        let host = program.address().await?;
        Ok(Self { host, url: format!("sqlite:{}", file.display()), who: Who::Peer(Box::new(program)) })
    }

    pub(crate) fn program(&self) -> &Program {
        match &self.who {
            Who::Relink { server, .. } => &server.program,
            Who::Peer(program) => program,
        }
    }

    /// Returns the number of stored events whose IDs begin with this prefix.
    pub(crate) async fn kept(&self, prefix: &str) -> Result<usize> {
        let pool = AnyPoolOptions::new().max_connections(1).connect(&self.url).await?;
        let query = sqlx::query_scalar("SELECT count(*) FROM events WHERE id LIKE $1");
        let count: i64 = query.bind(format!("evt_{prefix}%")).fetch_one(&pool).await?;
        pool.close().await;
        usize::try_from(count).context("a negative count")
    }

    pub(crate) async fn stop(self) -> Result<()> {
        match self.who {
            Who::Relink { server, database, .. } => {
                server.stop().await?;
                database.remove().await
            }
            Who::Peer(program) => program.kill().await,
        }
    }
}

//! Subjects that receive and store webhooks: our server on both engines, and the servers that people would write
//! instead.

use std::path::Path;

use anyhow::{Context as _, Result};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use std::process::Command;

use crate::database::{Database, DatabaseEngine};
use crate::event::DEACTIVATED;
use crate::inputs::{self, Inputs};
use crate::program::Program;
use crate::server::{Server, ServerSettings, WEBHOOK_SECRET};
use crate::stripe::Stripe;

/// Subject of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Relink(DatabaseEngine, Work),
    /// Name of the subject's folder in `drills/peers`.
    Peer(&'static str),
}

/// Work on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Verify and store it, as the peers do.
    Store,
    /// Also record in the same transaction that its account has to be read; and read some of the accounts meanwhile.
    StoreAndFollowUp,
}

/// All subjects. The others are compared with the first.
pub(crate) const ALL: [Subject; 6] = [
    Subject::Relink(DatabaseEngine::Sqlite, Work::Store),
    Subject::Relink(DatabaseEngine::Sqlite, Work::StoreAndFollowUp),
    Subject::Relink(DatabaseEngine::Postgres, Work::Store),
    Subject::Relink(DatabaseEngine::Postgres, Work::StoreAndFollowUp),
    Subject::Peer("fastify"),
    Subject::Peer("express"),
];

impl Subject {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Relink(engine, Work::Store) => format!("relink-server, {}", engine.name()),
            Self::Relink(engine, Work::StoreAndFollowUp) => {
                format!("relink-server, {}, with follow-up", engine.name())
            }
            Self::Peer(name) => format!("{name}, SQLite"),
        }
    }

    /// Returns the type of the events that the subject is sent. Relink does nothing about customers.
    pub(crate) fn events(self) -> &'static str {
        match self {
            Self::Relink(_, Work::StoreAndFollowUp) => DEACTIVATED,
            Self::Relink(_, Work::Store) | Self::Peer(_) => "customer.updated",
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
    process: Process,
}

#[derive(Debug)]
enum Process {
    Relink { server: Box<Server>, database: Database, _stripe: Box<Stripe> },
    Peer(Box<Program>),
}

impl Running {
    /// Starts a subject with an empty database.
    pub(crate) async fn start(subject: Subject, inputs: &Inputs, folder: &Path) -> Result<Self> {
        match subject {
            Subject::Relink(engine, _) => Self::relink(engine, inputs, folder).await,
            Subject::Peer(name) => Self::peer(name, folder).await,
        }
    }

    async fn relink(engine: DatabaseEngine, inputs: &Inputs, folder: &Path) -> Result<Self> {
        let database = Database::create(engine, &inputs.postgres, folder).await?;
        let stripe = Stripe::start(inputs, folder).await?;
        let (server, _) = ServerSettings::new(inputs, folder, &database.url, &stripe.host)?.start().await?;
        let (host, url) = (server.host().to_owned(), database.url.clone());
        let process = Process::Relink { server: Box::new(server), database, _stripe: Box::new(stripe) };
        Ok(Self { host, url, process })
    }

    async fn peer(name: &'static str, folder: &Path) -> Result<Self> {
        install_default_drivers();
        let file = folder.join("peer.db");
        let mut command = Command::new("node");
        command.current_dir(inputs::peers()?.join(name)).arg("server.js");
        command.env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET).env("DATABASE_FILE", &file);
        // In development mode, Express is slower and prints more.
        command.env("NODE_ENV", "production");
        let mut program = Program::start(name, command, &folder.join("peer.log"))?;
        let host = program.address().await?;
        Ok(Self {
            host,
            url: format!("sqlite:{}", file.display()),
            process: Process::Peer(Box::new(program)),
        })
    }

    pub(crate) fn program(&self) -> &Program {
        match &self.process {
            Process::Relink { server, .. } => &server.program,
            Process::Peer(program) => program,
        }
    }

    /// Returns the number of stored events whose IDs begin with this prefix.
    pub(crate) async fn stored(&self, prefix: &str) -> Result<usize> {
        let pool = AnyPoolOptions::new().max_connections(1).connect(&self.url).await?;
        let query = sqlx::query_scalar("SELECT count(*) FROM events WHERE id LIKE $1");
        let count: i64 = query.bind(format!("evt_{prefix}%")).fetch_one(&pool).await?;
        pool.close().await;
        usize::try_from(count).context("a negative count")
    }

    pub(crate) async fn stop(self) -> Result<()> {
        match self.process {
            Process::Relink { server, database, .. } => {
                server.stop().await?;
                database.remove().await
            }
            Process::Peer(program) => program.kill(),
        }
    }
}

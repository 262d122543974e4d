//! What must survive a crash: SQLite in a file of our own, or PostgreSQL for several servers, by the same SQL.
//!
//! One file for each table, one function for each question. What is decided is decided in `domain`; here it is kept.

pub(crate) mod accounts;
pub(crate) mod address;
pub(crate) mod attempts;
pub(crate) mod audit;
pub(crate) mod authorizations;
mod backfill;
pub(crate) mod batches;
pub(crate) mod budget;
mod catch_up;
mod clock;
mod connections;
pub(crate) mod customers;
pub(crate) mod deliveries;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod follow_ups;
pub(crate) mod history;
pub(crate) mod idempotency;
pub(crate) mod keys;
pub(crate) mod mails;
pub(crate) mod meta;
mod moments;
mod old;
pub(crate) mod operators;
pub(crate) mod payments;
mod pieces;
pub(crate) mod reminders;
pub(crate) mod repairs;
pub(crate) mod requests;
pub(crate) mod series;
mod stale;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub(crate) mod visits;
mod words;
pub(crate) mod work;

use std::time::Duration;

use relink_protocol::SessionId;
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, Executor, Transaction};
use thiserror::Error;

pub(crate) use self::address::{DatabaseUrl, Engine};
pub(crate) use self::pieces::rows;

/// The database, with everything in it as this version of the program needs it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    engine: Engine,
    /// SQLite has one writer, so that nobody waits for a lock that somebody else in this process holds.
    writer: AnyPool,
    reader: AnyPool,
}

/// A change that is whole or not at all.
pub(crate) type Change = Transaction<'static, Any>;

/// The database did not do it. What the database says stays in the log: it may repeat what is in a row.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// It could not be reached, or did not do what it was asked.
    #[error("the database fails: {0}")]
    Database(sqlx::Error),
    /// Stripe gave a session the id of an earlier one. Real ids never repeat; those of a sandbox that is reset or
    /// restarted with `--repeatable-ids` do.
    #[error(
        "the session id {0} is that of an earlier attempt; was the sandbox reset, or restarted with --repeatable-ids, \
         beside a kept database?"
    )]
    DuplicateSession(SessionId),
    /// Another version of the program, or somebody else, wrote this.
    #[error("the database has something in {0} that this version does not understand")]
    Unreadable(&'static str),
    /// Not as this version needs it.
    #[error("the database can't be brought up to date: {0}")]
    Migration(MigrateError),
    /// Older versions can corrupt the file (the WAL-reset bug).
    #[error("SQLite {0} is too old: 3.51.3 is the first that is safe here")]
    OldSqlite(String),
    /// There is no such folder, or it can't be written to.
    #[error("the database's file, or the lock beside it, can't be made: {0}; DATABASE_URL says where")]
    File(std::io::Error),
}

impl StoreError {
    /// Whether it is the fault of a row, so that another row could do better.
    pub(crate) fn is_of_a_row(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        let code = error.code().unwrap_or_default();
        match code.parse::<u32>() {
            // SQLite's numbers, with details above the first byte: constraint, too big, mismatch.
            Ok(number) if code.len() < SQLSTATE_LENGTH => matches!(number & 0xff, 18..=20),
            // PostgreSQL's classes: data, integrity, limits.
            _ => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
        }
    }
}

const SQLSTATE_LENGTH: usize = 5;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        Self::Migration(error)
    }
}

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How long a request waits for a connection before it is answered with an error.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 12;

/// The first version without the bug that corrupts a WAL that is reset while it is being written.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

impl Store {
    /// Opens the database and brings it up to date.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = url.engine();
        let store = match engine {
            Engine::Sqlite => {
                url.prepare().map_err(StoreError::File)?;
                let writer =
                    file(1, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;").connect(url.text()).await?;
                check_version(&writer).await?;
                let reader = file(READERS, "PRAGMA query_only=ON;").connect_lazy(url.text())?;
                Self { engine, writer, reader }
            }
            Engine::Postgres => {
                let settings = "SET statement_timeout = '10s'; SET lock_timeout = '5s';";
                let pool = pool(POSTGRES_CONNECTIONS, settings).connect(url.text()).await?;
                Self { engine, writer: pool.clone(), reader: pool }
            }
        };
        store.migrate(url).await?;
        // SQLite removes its log file when the last connection is closed, and is slow until it has grown again. What
        // is never closed keeps it; the next start finds it, as after a crash.
        if engine == Engine::Sqlite {
            std::mem::forget(store.writer.clone());
        }
        store.synchronize_clock().await?;
        Ok(store)
    }

    /// Safe when several servers start at once: PostgreSQL has a lock for it, a file needs one beside it.
    async fn migrate(&self, url: &DatabaseUrl) -> Result<(), StoreError> {
        let _lock = url.lock().map_err(StoreError::File)?;
        let mut connection = self.writer.acquire().await?;
        MIGRATIONS.run(&mut *connection).await?;
        Ok(())
    }

    /// Begins a change. Dropped, it has not happened.
    pub(crate) async fn change(&self) -> Result<Change, StoreError> {
        let begin = match self.engine {
            // Otherwise it would read first and find later that somebody else has written.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(self.writer.begin_with(begin).await?)
    }

    /// For questions that change nothing.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.reader
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether it takes writes now.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        meta::set(&mut change, "checked", "").await?;
        change.rollback().await?;
        Ok(())
    }
}

impl Engine {
    /// Ends a SELECT of rows that this change is going to write: on PostgreSQL nobody else may meanwhile.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// The same, passing over rows that somebody else is about to write.
    pub(crate) fn for_update_skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// A connection to a file does not break while nobody uses it, so it is not tried before each use.
fn file(most: u32, settings: &'static str) -> AnyPoolOptions {
    pool(most, settings).test_before_acquire(false)
}

fn pool(most: u32, settings: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(most).acquire_timeout(LONGEST_WAIT).after_connect(
        move |connection: &mut AnyConnection, _| {
            Box::pin(async move {
                connection.execute(settings).await?;
                Ok(())
            })
        },
    )
}

async fn check_version(pool: &AnyPool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if numbers.as_slice() < OLDEST_SQLITE.as_slice() { Err(StoreError::OldSqlite(version)) } else { Ok(()) }
}

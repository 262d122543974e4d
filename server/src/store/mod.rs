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
mod change;
mod clock;
mod connections;
pub(crate) mod customers;
mod database_file;
pub(crate) mod deliveries;
mod error;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod follow_ups;
pub(crate) mod history;
pub(crate) mod idempotency;
mod indexes;
pub(crate) mod keys;
pub(crate) mod mails;
pub(crate) mod meta;
mod migrate;
mod migrations;
mod moments;
mod old;
mod open;
pub(crate) mod operators;
pub(crate) mod payments;
mod pieces;
mod pool;
mod pooling;
pub(crate) mod reminders;
pub(crate) mod repairs;
pub(crate) mod requests;
pub(crate) mod series;
mod settings;
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

pub(crate) use self::address::{DatabaseUrl, Engine};
pub(crate) use self::change::Change;
pub(crate) use self::error::StoreError;
pub(crate) use self::migrate::Schema;
pub(crate) use self::pieces::rows;
pub(crate) use self::pool::Pool;
pub(crate) use self::pooling::Pooling;
pub(crate) use self::settings::DatabaseSettings;

/// The database, with everything in it as this version of the program needs it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    engine: Engine,
    /// SQLite has one writer, so that nobody waits for a lock that somebody else in this process holds.
    writer: Pool,
    reader: Pool,
}

/// A database that takes longer to take a write is not ready.
const LONGEST_CHECK: Duration = Duration::from_secs(2);

impl Store {
    /// Begins a change. Dropped, it has not happened.
    pub(crate) async fn change(&self) -> Result<Change, StoreError> {
        let begin = match self.engine {
            // Otherwise it would read first and find later that somebody else has written.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(self.writer.begin(begin).await?)
    }

    /// For questions that change nothing.
    pub(crate) fn reader(&self) -> &Pool {
        &self.reader
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Fails unless the database takes a write within two seconds.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let checked = tokio::time::timeout(LONGEST_CHECK, self.try_to_write()).await;
        checked.unwrap_or(Err(StoreError::Slow(LONGEST_CHECK)))
    }

    async fn try_to_write(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        // Another value each time: SQLite writes nothing where nothing changes.
        let now = crate::clock::now().as_millisecond().to_string();
        meta::set(&mut change, "checked", &now).await?;
        // Only a commit reaches the disk. It costs as much as an event, so it is made after a failure only.
        if self.writer.is_doubtful() {
            change.commit().await?;
            self.writer.set_doubtful(false);
            return Ok(());
        }
        Ok(change.rollback().await?)
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

//! Persistent state: SQLite in a file of this server, or PostgreSQL for several servers, with the same SQL.
//!
//! Each table has a file, and each query a function. Decisions are made in `domain`.

pub(crate) mod accounts;
pub(crate) mod api_keys;
pub(crate) mod attempts;
pub(crate) mod audit;
mod backfill;
pub(crate) mod bank_logins;
pub(crate) mod batches;
mod bulk_insert;
mod clock;
mod clock_corrections;
pub(crate) mod connection_search;
mod connections;
mod customer_data;
pub(crate) mod customer_names;
pub(crate) mod customers;
pub(crate) mod daily_counts;
mod database_file;
pub(crate) mod emails;
pub(crate) mod encryption;
mod error;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod figures;
pub(crate) mod follow_ups;
pub(crate) mod history;
pub(crate) mod idempotency;
mod indexes;
pub(crate) mod institutions;
pub(crate) mod job_queue;
mod json_columns;
pub(crate) mod link_sessions;
pub(crate) mod merchant_events;
pub(crate) mod merchant_names;
pub(crate) mod meta;
mod migrate;
mod migrations;
mod missed_events;
mod open;
pub(crate) mod operators;
pub(crate) mod payments;
mod pool;
mod pooler;
mod recheck;
pub(crate) mod reminders;
pub(crate) mod requests;
mod retention;
mod settings;
pub(crate) mod stripe_rate_limit;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transaction;

use std::time::Duration;

pub(crate) use self::bulk_insert::rows;
pub(crate) use self::error::StoreError;
pub(crate) use self::migrate::Schema;
pub(crate) use self::pool::{Pool, PoolUsage};
pub(crate) use self::transaction::Transaction;
use crate::config::database::{DatabaseSettings, Engine, Pooling};
use crate::domain::data_keys::DataKeys;

/// The database, migrated for this version of the program. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    engine: Engine,
    /// SQLite allows one writer, so this pool has one connection, and no task of this process waits for SQLite's lock.
    writer: Pool,
    reader: Pool,
}

/// Time limit of the readiness check.
const LONGEST_CHECK: Duration = Duration::from_secs(2);

impl Store {
    /// Begins a transaction. Dropped before `commit`, it is undone.
    pub(crate) async fn change(&self) -> Result<Transaction, StoreError> {
        let begin = match self.engine {
            // With a plain `BEGIN`, a write after a read would fail if another connection had written in between.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        Ok(self.writer.begin(begin).await?)
    }

    /// Returns the pool for queries that change nothing.
    pub(crate) fn reader(&self) -> &Pool {
        &self.reader
    }

    /// Returns the pools by name. SQLite has one connection that writes and several that read.
    pub(crate) fn pools(&self) -> Vec<(&'static str, PoolUsage)> {
        match self.engine {
            Engine::Sqlite => vec![("writer", self.writer.usage()), ("reader", self.reader.usage())],
            Engine::Postgres => vec![("shared", self.writer.usage())],
        }
    }

    /// Returns the keys of what is encrypted.
    pub(crate) fn data_keys(&self) -> &DataKeys {
        self.reader.data_keys()
    }

    /// Encrypts nothing, because the database is from before there were data keys.
    fn without_data_keys(self) -> Self {
        let without = |pool: Pool| pool.with_data_keys(DataKeys::default());
        Self { engine: self.engine, writer: without(self.writer), reader: without(self.reader) }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// Fails unless the database accepts a write within two seconds.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let checked = tokio::time::timeout(LONGEST_CHECK, self.check_write()).await;
        checked.unwrap_or(Err(StoreError::Slow(LONGEST_CHECK)))
    }

    async fn check_write(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        // Always another value: SQLite writes nothing if nothing changes.
        let now = crate::clock::now().as_millisecond().to_string();
        meta::set(&mut change, "checked", &now).await?;
        // Only a commit reaches the disk. It costs as much as storing an event, so it is made only after a failure.
        if self.writer.is_doubtful() {
            change.commit().await?;
            self.writer.set_doubtful(false);
            return Ok(());
        }
        Ok(change.rollback().await?)
    }
}

impl Engine {
    /// Returns the end of a SELECT that locks its rows until the transaction ends. SQLite needs none, because it has
    /// one writer.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Returns the end of a SELECT that locks its rows and skips those that are locked already.
    pub(crate) fn for_update_skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

//! Database settings and limits.

use std::borrow::Cow;
use std::time::Duration;

use super::database_url::{DatabaseUrl, Engine};
use super::pool::PoolLimits;
use super::pooler::Pooling;

/// Location of the database, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DatabaseSettings {
    /// SQLite's file, or PostgreSQL's URL.
    pub(crate) url: DatabaseUrl,
    /// Most connections to PostgreSQL.
    pub(crate) connections: u32,
    /// Longest wait for a free connection.
    pub(crate) acquire_timeout: Duration,
    /// Longest time for one statement on PostgreSQL.
    pub(crate) statement_timeout: Duration,
    /// Longest wait for a lock on PostgreSQL.
    pub(crate) lock_timeout: Duration,
    /// Kind of pooling; detected at the start if `None`.
    pub(crate) pooling: Option<Pooling>,
    /// Time for which a migration is retried while another client holds a lock that it needs.
    pub(crate) migration_lock_wait: Duration,
    /// Longest time for one statement of a migration; zero is no limit.
    pub(crate) migration_statement_timeout: Duration,
}

impl DatabaseSettings {
    /// Returns the URL for the driver.
    pub(super) fn connection_url(&self, pooling: Pooling) -> Cow<'_, str> {
        match pooling {
            Pooling::Session => self.url.text().into(),
            Pooling::Transaction => self.url.without_statement_cache().into(),
        }
    }

    /// Returns the kind of pooling, detected if it is not set.
    pub(super) async fn pooling(&self) -> Result<Pooling, sqlx::Error> {
        match (self.url.engine(), self.pooling) {
            (Engine::Sqlite, _) => Ok(Pooling::Session),
            (Engine::Postgres, Some(pooling)) => Ok(pooling),
            (Engine::Postgres, None) => Pooling::detect(self.url.text()).await,
        }
    }

    /// Returns the limits of a running server.
    pub(super) fn limits(&self) -> PoolLimits {
        PoolLimits {
            connections: self.connections,
            acquire: self.acquire_timeout,
            statement: self.statement_timeout,
            lock: self.lock_timeout,
        }
    }

    /// Returns the limits of a command, whose statements may take any time.
    pub(super) fn command_limits(&self) -> PoolLimits {
        PoolLimits { connections: 1, statement: Duration::ZERO, ..self.limits() }
    }

    /// Returns the limits of a migration.
    pub(super) fn migration_limits(&self) -> PoolLimits {
        PoolLimits { connections: 1, statement: self.migration_statement_timeout, ..self.limits() }
    }
}

//! Connection pools that never reuse a connection after a failure.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_stream::try_stream;
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use sqlx::any::{AnyPoolOptions, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Either, Execute, Executor, SqlStr};

use super::database_file::DatabaseFile;
use super::pooler::after_begin;
use super::{Engine, Pooling, Transaction};
use crate::domain::data_keys::DataKeys;

/// A pool of connections. Runs single statements on `&Pool`, several in a [`Transaction`].
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    connections: AnyPool,
    engine: Engine,
    /// SQLite's file, if its presence is to be checked.
    file: Option<Arc<DatabaseFile>>,
    /// True if a connection has failed since a check last reached the disk.
    is_doubtful: Arc<AtomicBool>,
    /// Statements after BEGIN, for a pooler that assigns a connection per transaction.
    transaction_settings: Option<Arc<str>>,
    /// Keys of what is encrypted.
    data_keys: DataKeys,
}

/// Number of connections of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolUsage {
    pub(crate) open: usize,
    /// Number of open ones that nothing uses.
    pub(crate) idle: usize,
    /// Maximum number of open ones.
    pub(crate) limit: usize,
}

/// Size and time limits of a pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolLimits {
    pub(super) connections: u32,
    /// Time limit for a connection to become free.
    pub(super) acquire: Duration,
    /// PostgreSQL only: time limit of a statement. Zero is no limit.
    pub(super) statement: Duration,
    /// PostgreSQL only: time limit for a lock that another transaction holds. Zero is no limit.
    pub(super) lock: Duration,
}

impl Pool {
    /// Makes a pool without opening a connection. `settings` is run on each new connection and must not read the file,
    /// because the pool would not report the error.
    pub(super) fn sqlite(
        url: &str,
        limits: PoolLimits,
        settings: &'static str,
        file: Option<Arc<DatabaseFile>>,
    ) -> Result<Self, sqlx::Error> {
        // A connection to a file does not break while it is idle, and does not age.
        let options = options(limits, settings.to_owned())
            .test_before_acquire(false)
            .max_lifetime(None)
            .idle_timeout(None);
        let connections = options.connect_lazy(url)?;
        Ok(Self { file, ..Self::new(Engine::Sqlite, connections) })
    }

    /// Makes a pool without opening a connection.
    pub(super) fn postgres(url: &str, limits: PoolLimits, pooling: Pooling) -> Result<Self, sqlx::Error> {
        let (settings, transaction_settings) = match pooling {
            Pooling::Session => (limits.settings("SET"), None),
            Pooling::Transaction => (String::new(), Some(after_begin(pooling, limits).into())),
        };
        let connections = options(limits, settings).connect_lazy(url)?;
        Ok(Self { transaction_settings, ..Self::new(Engine::Postgres, connections) })
    }

    fn new(engine: Engine, connections: AnyPool) -> Self {
        Self {
            connections,
            engine,
            file: None,
            is_doubtful: Arc::default(),
            transaction_settings: None,
            data_keys: DataKeys::default(),
        }
    }

    /// Encrypts and decrypts with these keys.
    pub(super) fn with_data_keys(self, data_keys: DataKeys) -> Self {
        Self { data_keys, ..self }
    }

    pub(super) fn data_keys(&self) -> &DataKeys {
        &self.data_keys
    }

    /// True behind a pooler that gives each transaction any of its connections.
    pub(super) fn is_shared_by_transactions(&self) -> bool {
        self.transaction_settings.is_some()
    }

    pub(super) async fn acquire(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        if let Some(file) = &self.file {
            file.check()?;
        }
        self.connections.acquire().await
    }

    /// Returns how many connections there are.
    pub(super) fn usage(&self) -> PoolUsage {
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        PoolUsage {
            open: count(self.connections.size()),
            idle: self.connections.num_idle(),
            limit: count(self.connections.options().get_max_connections()),
        }
    }

    /// Begins a transaction; on PostgreSQL `begin` may set its isolation level.
    pub(super) async fn begin(&self, begin: &str) -> Result<Transaction, sqlx::Error> {
        let mut statement = begin.to_owned();
        statement.push_str(self.transaction_settings.as_deref().unwrap_or_default());
        Transaction::begin(self, &statement).await
    }

    /// Fails if the connection writes to a file that is no longer at its path.
    pub(super) fn check_file(&self) -> Result<(), sqlx::Error> {
        self.file.as_ref().map_or(Ok(()), |file| Ok(file.check_with_log()?))
    }

    /// True if a connection has failed since a check last reached the disk.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_doubtful.load(Ordering::Relaxed)
    }

    pub(super) fn set_doubtful(&self, is_doubtful: bool) {
        self.is_doubtful.store(is_doubtful, Ordering::Relaxed);
    }

    async fn checkout(&self) -> Result<Checkout, sqlx::Error> {
        if self.transaction_settings.is_some() {
            return Ok(Checkout::InTransaction(self.begin("BEGIN").await?));
        }
        Ok(Checkout::Alone(self.acquire().await?, self.clone()))
    }

    /// True if the error may leave the connection in a state that the driver does not know. On PostgreSQL, an error of
    /// a statement leaves the connection usable.
    fn is_spent(&self, error: &sqlx::Error) -> bool {
        match self.engine {
            Engine::Sqlite => true,
            Engine::Postgres => !matches!(error, sqlx::Error::Database(_)),
        }
    }
}

/// Connection for one statement.
enum Checkout {
    Alone(PoolConnection<Any>, Pool),
    InTransaction(Transaction),
}

impl Checkout {
    fn connection(&mut self) -> &mut AnyConnection {
        match self {
            Self::Alone(connection, _) => connection,
            Self::InTransaction(change) => change,
        }
    }

    async fn end<T>(self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match (self, &outcome) {
            (Self::Alone(mut connection, pool), Err(error)) if pool.is_spent(error) => {
                pool.set_doubtful(true);
                connection.close_on_drop();
            }
            (Self::Alone(_, pool), Ok(_)) => pool.check_file()?,
            (Self::InTransaction(change), Ok(_)) => change.commit().await?,
            (Self::InTransaction(change), Err(error)) if !change.pool().is_spent(error) => {
                change.rollback().await?;
            }
            (Self::Alone(..) | Self::InTransaction(_), Err(_)) => (),
        }
        outcome
    }
}

impl<'p> Executor<'p> for &'_ Pool {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let pool = self.clone();
        Box::pin(try_stream! {
            let mut checkout = pool.checkout().await?;
            let mut rows = checkout.connection().fetch_many(query);
            let outcome = loop {
                match rows.try_next().await {
                    Ok(Some(row)) => yield row,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            };
            drop(rows);
            checkout.end(outcome).await?;
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let pool = self.clone();
        Box::pin(async move {
            let mut checkout = pool.checkout().await?;
            let outcome = checkout.connection().fetch_optional(query).await;
            checkout.end(outcome).await
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(async move {
            let mut checkout = pool.checkout().await?;
            let outcome = checkout.connection().prepare_with(sql, parameters).await;
            checkout.end(outcome).await
        })
    }
}

impl PoolLimits {
    /// Returns PostgreSQL's limits as statements that begin with `set`: for a session, or for a transaction.
    pub(super) fn settings(&self, set: &str) -> String {
        let mut settings = String::new();
        for (name, limit) in [("statement_timeout", self.statement), ("lock_timeout", self.lock)] {
            // Writing to a string does not fail.
            let _ = write!(settings, "{set} {name} = {}; ", limit.as_millis());
        }
        settings
    }
}

fn options(limits: PoolLimits, settings: String) -> AnyPoolOptions {
    let settings: Arc<str> = settings.into();
    AnyPoolOptions::new().max_connections(limits.connections).acquire_timeout(limits.acquire).after_connect(
        move |connection: &mut AnyConnection, _| {
            let settings = settings.clone();
            Box::pin(async move {
                if !settings.is_empty() {
                    connection.execute(AssertSqlSafe(&*settings)).await?;
                }
                Ok(())
            })
        },
    )
}

#[cfg(test)]
mod tests;

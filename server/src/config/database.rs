//! Location and limits of the database.

use std::time::Duration;

pub(crate) use super::database_url::{DatabaseUrl, Engine};
use crate::domain::data_keys::DataKeys;

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
    /// Keys that encrypt personal data.
    pub(crate) data_keys: DataKeys,
}

/// Lifetime of a connection to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// No pooler, or session pooling: settings and prepared statements last as long as the connection.
    Session,
    /// Transaction pooling: each transaction may get another connection, so nothing outlasts a transaction.
    Transaction,
}

//! The settings of the database as the driver takes them.

use std::borrow::Cow;
use std::time::Duration;

use super::pool::PoolLimits;
use super::{DatabaseSettings, Engine, Pooling, pooler};

/// Returns the URL for the driver.
pub(super) fn connection_url(settings: &DatabaseSettings, pooling: Pooling) -> Cow<'_, str> {
    match pooling {
        Pooling::Session => settings.url.text().into(),
        Pooling::Transaction => settings.url.without_statement_cache().into(),
    }
}

/// Returns the kind of pooling, detected if it is not set.
pub(super) async fn pooling(settings: &DatabaseSettings) -> Result<Pooling, sqlx::Error> {
    match (settings.url.engine(), settings.pooling) {
        (Engine::Sqlite, _) => Ok(Pooling::Session),
        (Engine::Postgres, Some(pooling)) => Ok(pooling),
        (Engine::Postgres, None) => pooler::detect(settings.url.text()).await,
    }
}

/// Returns the limits of a running server.
pub(super) fn limits(settings: &DatabaseSettings) -> PoolLimits {
    PoolLimits {
        connections: settings.connections,
        acquire: settings.acquire_timeout,
        statement: settings.statement_timeout,
        lock: settings.lock_timeout,
    }
}

/// Returns the limits of a command, whose statements may take any time.
pub(super) fn command_limits(settings: &DatabaseSettings) -> PoolLimits {
    PoolLimits { connections: 1, statement: Duration::ZERO, ..limits(settings) }
}

/// Returns the limits of a migration.
pub(super) fn migration_limits(settings: &DatabaseSettings) -> PoolLimits {
    PoolLimits { connections: 1, statement: settings.migration_statement_timeout, ..limits(settings) }
}

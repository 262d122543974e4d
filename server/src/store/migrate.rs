//! Brings the database up to date, beside servers and readers that are at work on it.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio::time::Instant;

use super::pooling::Pooling;
use super::{DatabaseSettings, Engine, StoreError, migrations};

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = migrations::all();
    // SQLite: a file is locked instead. PostgreSQL: `LOCK`, which ends with the transaction; behind a pooler the lock of a
    // session may never be given back.
    migrations.set_locking(false);
    migrations
});

/// The generation of the migrations in this program. Raise it with the first migration of each release: see
/// `0007_generation.sql`.
const GENERATION: i64 = 2;

/// Any number that nobody else locks.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7362511402)";

/// How long to wait before a migration that did not get a lock is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// How the database's tables compare with what this program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Exactly what it needs.
    UpToDate,
    /// What the next release needs. This program can work with it.
    Newer,
}

/// Brings it up to date. Where somebody holds a lock that is needed, tries again until `migration_lock_wait` is over.
pub(super) async fn run(settings: &DatabaseSettings, pooling: Pooling) -> Result<Schema, StoreError> {
    let deadline = Instant::now() + settings.migration_lock_wait;
    let _lock = settings.url.lock().map_err(StoreError::File)?;
    loop {
        match attempt(settings, pooling).await {
            Err(error) if is_for_want_of_a_lock(&error) && Instant::now() < deadline => {
                tracing::warn!(
                    "somebody else holds a lock that a migration of the database needs; it is tried again"
                );
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// All of it in one transaction.
async fn attempt(settings: &DatabaseSettings, pooling: Pooling) -> Result<Schema, StoreError> {
    let mut connection = AnyConnection::connect(&settings.connection_url(pooling)).await?;
    let engine = settings.url.engine();
    let begin = match engine {
        Engine::Sqlite => {
            // Lasts: it is written in the file.
            connection.execute("PRAGMA journal_mode=WAL").await?;
            "BEGIN IMMEDIATE".to_owned()
        }
        Engine::Postgres => format!("BEGIN{}", pooling.after_begin(settings.limits_of_a_migration())),
    };
    let mut change = connection.begin_with(AssertSqlSafe(begin)).await?;
    if engine == Engine::Postgres {
        change.execute(LOCK).await?;
    }
    let schema = match newest_applied(engine, &mut change).await? {
        Some(newest) if newest > newest_here() => newer(&mut change).await?,
        Some(_) | None => {
            MIGRATIONS.run(&mut *change).await?;
            Schema::UpToDate
        }
    };
    change.commit().await?;
    connection.close().await?;
    Ok(schema)
}

/// Whether this program can work with a database that has been through migrations that it does not know.
async fn newer(connection: &mut AnyConnection) -> Result<Schema, StoreError> {
    let generation: i64 =
        sqlx::query_scalar("SELECT generation FROM schema_generation").fetch_one(connection).await?;
    if generation > GENERATION + 1 {
        return Err(StoreError::TooNew { generation, ours: GENERATION });
    }
    tracing::warn!(
        generation,
        "the database belongs to a newer version of relink-server; this one works with it, and migrates nothing"
    );
    Ok(Schema::Newer)
}

/// The newest migration that the database has been through; none if it is empty or somebody else's.
pub(super) async fn newest_applied(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<Option<i64>, StoreError> {
    let is_there = match engine {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
        Engine::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    for table in ["_sqlx_migrations", "meta"] {
        let tables: i64 = sqlx::query_scalar(is_there).bind(table).fetch_one(&mut *connection).await?;
        if tables == 0 {
            return Ok(None);
        }
    }
    Ok(sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(connection).await?)
}

/// The newest migration that this program knows.
pub(super) fn newest_here() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// PostgreSQL's `lock_not_available`: a lock timeout.
fn is_for_want_of_a_lock(error: &StoreError) -> bool {
    let (StoreError::Database(error)
    | StoreError::Migration(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))) = error
    else {
        return false;
    };
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "55P03")
}

#[cfg(test)]
mod tests;

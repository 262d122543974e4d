//! Migrates the database while servers and readers are using it.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio::time::Instant;

use super::pooler::after_begin;
use super::settings::{connection_url, migration_limits};
use super::{DatabaseSettings, Engine, Pooling, StoreError, database_file, migrations};

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = migrations::all();
    // Locks of our own are used instead: SQLite, a locked file; PostgreSQL, `LOCK`, which ends with the transaction.
    // sqlx's lock belongs to the session, and a pooler may never release that.
    migrations.set_locking(false);
    migrations
});

/// Generation of the migrations in this program. Raise it with the first migration of each release: see
/// `0007_generation.sql`.
const GENERATION: i64 = 3;

/// Advisory lock with an arbitrary key.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7362511402)";

/// Interval between tries of a migration that did not get a lock.
const PAUSE: Duration = Duration::from_secs(1);

/// Comparison of the database's schema with the one that this program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// The schema that this program needs.
    UpToDate,
    /// The schema of the next release, which this program can work with.
    Newer,
}

/// Migrates the database. If another client holds a lock that is needed, retries until `migration_lock_wait` is over.
pub(super) async fn run(settings: &DatabaseSettings, pooling: Pooling) -> Result<Schema, StoreError> {
    let deadline = Instant::now() + settings.migration_lock_wait;
    let _lock = database_file::lock(&settings.url).map_err(StoreError::File)?;
    loop {
        match attempt(settings, pooling).await {
            Err(error) if is_lock_timeout(&error) && Instant::now() < deadline => {
                tracing::warn!(
                    "somebody else holds a lock that a migration of the database needs; it is tried again"
                );
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Runs all migrations in one transaction.
async fn attempt(settings: &DatabaseSettings, pooling: Pooling) -> Result<Schema, StoreError> {
    let mut connection = AnyConnection::connect(&connection_url(settings, pooling)).await?;
    let engine = settings.url.engine();
    let begin = match engine {
        Engine::Sqlite => {
            // WAL mode is permanent: it is stored in the file.
            connection.execute("PRAGMA journal_mode=WAL").await?;
            "BEGIN IMMEDIATE".to_owned()
        }
        Engine::Postgres => format!("BEGIN{}", after_begin(pooling, migration_limits(settings))),
    };
    let mut change = connection.begin_with(AssertSqlSafe(begin)).await?;
    if engine == Engine::Postgres {
        change.execute(LOCK).await?;
    }
    let schema = match newest_applied(engine, &mut change).await? {
        Some(newest) if newest > newest_known() => newer(&mut change).await?,
        Some(_) | None => {
            MIGRATIONS.run(&mut *change).await?;
            Schema::UpToDate
        }
    };
    change.commit().await?;
    connection.close().await?;
    Ok(schema)
}

/// Checks that this program can work with a database that has migrations unknown to it.
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

/// Raises the generation, so that versions to which the database is of no use refuse it. Locks it in any case.
pub(super) async fn raise_generation(
    connection: &mut AnyConnection,
    generation: i64,
) -> Result<(), StoreError> {
    let raise = "UPDATE schema_generation SET generation = $1 WHERE generation <= $1";
    sqlx::query(raise).bind(generation).execute(connection).await?;
    Ok(())
}

/// Sets a generation that was raised back to that of the migrations, unless they are of a newer version, which has its own.
pub(super) async fn restore_generation(
    connection: &mut AnyConnection,
    raised: i64,
) -> Result<(), StoreError> {
    let lower = "UPDATE schema_generation SET generation = $1 WHERE generation = $2 AND generation > $1 \
                 AND (SELECT MAX(version) FROM _sqlx_migrations) = $3";
    sqlx::query(lower).bind(GENERATION).bind(raised).bind(newest_known()).execute(connection).await?;
    Ok(())
}

/// Returns the newest migration of the database; `None` if it is empty or not ours.
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

/// Returns the newest migration of this program.
pub(super) fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// True for PostgreSQL's `lock_not_available`, which a lock timeout raises.
fn is_lock_timeout(error: &StoreError) -> bool {
    let (StoreError::Database(error)
    | StoreError::Migration(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))) = error
    else {
        return false;
    };
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "55P03")
}

#[cfg(test)]
mod released;
#[cfg(test)]
mod tests;

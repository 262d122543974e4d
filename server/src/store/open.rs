//! Opening of the database.

use std::sync::Arc;

use super::database_file::DatabaseFile;
use super::migrate::Schema;
use super::pool::PoolLimits;
use super::settings::{command_limits, connection_url, limits};
use super::{
    DatabaseSettings, Engine, Pool, Pooling, Store, StoreError, database_file, indexes, migrate, settings,
};

/// Number of connections that read SQLite's file.
const READERS: u32 = 4;

/// First version without the bug that corrupts a WAL that is reset while it is being written.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

impl Store {
    /// Opens the database and migrates it, unless it belongs to the next release.
    pub(crate) async fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let pooling = prepare(settings).await?;
        match (migrate::run(settings, pooling).await?, settings.url.engine()) {
            (Schema::UpToDate, Engine::Sqlite) => indexes::run(settings, pooling).await?,
            // Takes minutes if tables are large; the server starts meanwhile.
            (Schema::UpToDate, Engine::Postgres) => spawn_index_build(settings.clone(), pooling),
            (Schema::Newer, _) => (),
        }
        let store = match settings.url.engine() {
            Engine::Sqlite => sqlite(settings).await?,
            Engine::Postgres => postgres(settings, limits(settings), pooling)?,
        };
        store.synchronize_clock().await?;
        store.register_data_key().await?;
        Ok(store)
    }

    /// Migrates the database and makes all indexes, without opening it.
    pub(crate) async fn migrate(settings: &DatabaseSettings) -> Result<Schema, StoreError> {
        let pooling = prepare(settings).await?;
        let schema = migrate::run(settings, pooling).await?;
        if schema == Schema::UpToDate {
            indexes::run(settings, pooling).await?;
        }
        Ok(schema)
    }

    /// Opens an existing database for one command, without migrating it, because a server of another version may be
    /// using it.
    pub(super) async fn open_without_migrating(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let limits = command_limits(settings);
        match settings.url.engine() {
            Engine::Sqlite => {
                let pool = Pool::sqlite(settings.url.text(), limits, "", None)?;
                let pool = pool.with_data_keys(settings.data_keys.clone());
                keep_log(&pool);
                Ok(Self { engine: Engine::Sqlite, writer: pool.clone(), reader: pool })
            }
            Engine::Postgres => postgres(settings, limits, settings::pooling(settings).await?),
        }
    }
}

/// Creates SQLite's file if it is missing, and detects a pooler in front of PostgreSQL.
async fn prepare(settings: &DatabaseSettings) -> Result<Pooling, StoreError> {
    sqlx::any::install_default_drivers();
    database_file::create(&settings.url).map_err(StoreError::File)?;
    Ok(settings::pooling(settings).await?)
}

fn spawn_index_build(settings: DatabaseSettings, pooling: Pooling) {
    tokio::spawn(async move {
        if let Err(error) = indexes::run(&settings, pooling).await {
            tracing::warn!(%error, "an index of the database can't be made; the next start tries again: {error}");
        }
    });
}

async fn sqlite(settings: &DatabaseSettings) -> Result<Store, StoreError> {
    let url = settings.url.text();
    let file =
        settings.url.file().map(DatabaseFile::open).transpose().map_err(StoreError::File)?.map(Arc::new);
    let of_one = PoolLimits { connections: 1, ..limits(settings) };
    let writer = Pool::sqlite(url, of_one, "", file.clone())?.with_data_keys(settings.data_keys.clone());
    check_version(&writer).await?;
    let of_several = PoolLimits { connections: READERS, ..limits(settings) };
    let reader = Pool::sqlite(url, of_several, "PRAGMA query_only=ON", file)?;
    let reader = reader.with_data_keys(settings.data_keys.clone());
    keep_log(&writer);
    Ok(Store { engine: Engine::Sqlite, writer, reader })
}

fn postgres(settings: &DatabaseSettings, limits: PoolLimits, pooling: Pooling) -> Result<Store, StoreError> {
    let pool = Pool::postgres(&connection_url(settings, pooling), limits, pooling)?;
    let pool = pool.with_data_keys(settings.data_keys.clone());
    Ok(Store { engine: Engine::Postgres, writer: pool.clone(), reader: pool })
}

/// Keeps SQLite's log file. SQLite removes it when the last connection closes, and is slow until it has grown again. A
/// pool that is never dropped keeps a connection open; the next start finds the log, as after a crash.
fn keep_log(pool: &Pool) {
    std::mem::forget(pool.clone());
}

async fn check_version(pool: &Pool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    if numbers.as_slice() < OLDEST_SQLITE.as_slice() { Err(StoreError::OldSqlite(version)) } else { Ok(()) }
}

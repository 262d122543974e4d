//! Database of one drill, with direct queries.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};

/// Database engine of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseEngine {
    /// File.
    Sqlite,
    /// New database on the given PostgreSQL server.
    Postgres,
}

impl DatabaseEngine {
    /// Name for reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// New database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) engine: DatabaseEngine,
    /// URL in the server's format.
    pub(crate) url: String,
    /// URL of the database that is used to create and drop databases.
    maintenance: String,
    name: String,
}

impl Database {
    /// Creates an empty database: a file in `folder`, or a PostgreSQL database with a unique name.
    pub(crate) async fn create(engine: DatabaseEngine, postgres: &str, folder: &Path) -> Result<Self> {
        install_default_drivers();
        let name = format!("drill_{:016x}", rand::random::<u64>());
        let url = match engine {
            DatabaseEngine::Sqlite => format!("sqlite:{}", folder.join("relink.db").display()),
            DatabaseEngine::Postgres => {
                command(postgres, &format!("CREATE DATABASE {name}")).await?;
                let (server, _) =
                    postgres.rsplit_once('/').context("RELINK_TEST_POSTGRES names no database")?;
                format!("{server}/{name}")
            }
        };
        Ok(Self { engine, url, maintenance: postgres.to_owned(), name })
    }

    /// Drops the database, together with open connections. A file is removed with its folder.
    pub(crate) async fn remove(self) -> Result<()> {
        match self.engine {
            DatabaseEngine::Sqlite => Ok(()),
            DatabaseEngine::Postgres => {
                command(&self.maintenance, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
            }
        }
    }

    /// Opens a pool of two connections.
    pub(crate) async fn open(&self) -> Result<AnyPool> {
        let options: AnyConnectOptions = self.url.parse()?;
        Ok(AnyPoolOptions::new().max_connections(2).connect_with(options.disable_statement_logging()).await?)
    }

    /// Returns the IDs of all stored events.
    pub(crate) async fn events(&self) -> Result<Vec<String>> {
        let pool = self.open().await?;
        let events = sqlx::query_scalar("SELECT id FROM events").fetch_all(&pool).await?;
        pool.close().await;
        Ok(events)
    }

    /// Returns the IDs of all merchant events that the server has recorded as delivered.
    pub(crate) async fn delivered(&self) -> Result<Vec<String>> {
        let pool = self.open().await?;
        let query = "SELECT id FROM deliveries WHERE delivered_at IS NOT NULL";
        let delivered = sqlx::query_scalar(query).fetch_all(&pool).await?;
        pool.close().await;
        Ok(delivered)
    }

    /// Fails if SQLite finds its file damaged.
    pub(crate) async fn check(&self) -> Result<()> {
        let damage = self.damage().await?;
        ensure!(damage.is_empty(), "SQLite's file is damaged: {damage:?}");
        Ok(())
    }

    /// Returns the problems that SQLite finds in its file. PostgreSQL is not checked, because it was not killed.
    pub(crate) async fn damage(&self) -> Result<Vec<String>> {
        if self.engine == DatabaseEngine::Postgres {
            return Ok(Vec::new());
        }
        let pool = self.open().await?;
        let mut problems: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&pool).await?;
        pool.close().await;
        problems.retain(|problem| problem != "ok");
        Ok(problems)
    }
}

async fn command(url: &str, sql: &str) -> Result<()> {
    let mut connection =
        AnyConnection::connect(url).await.context("can't connect to RELINK_TEST_POSTGRES")?;
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.with_context(|| format!("can't {sql}"))?;
    Ok(connection.close().await?)
}

//! A database for one drill, and what is in it, read directly.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};

/// What the server stores in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A database of its own in the PostgreSQL that was given.
    Postgres,
}

impl Engine {
    /// As people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A new database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) engine: Engine,
    /// As the server wants it.
    pub(crate) url: String,
    /// Where databases are made and dropped.
    maintenance: String,
    name: String,
}

impl Database {
    /// An empty one: a file in `folder`, or a database whose name nobody else has.
    pub(crate) async fn create(engine: Engine, postgres: &str, folder: &Path) -> Result<Self> {
        install_default_drivers();
        let name = format!("drill_{:016x}", rand::random::<u64>());
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.join("relink.db").display()),
            Engine::Postgres => {
                command(postgres, &format!("CREATE DATABASE {name}")).await?;
                let (server, _) =
                    postgres.rsplit_once('/').context("RELINK_TEST_POSTGRES names no database")?;
                format!("{server}/{name}")
            }
        };
        Ok(Self { engine, url, maintenance: postgres.to_owned(), name })
    }

    /// Whoever is still connected is thrown out. A file goes with its folder.
    pub(crate) async fn remove(self) -> Result<()> {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => {
                command(&self.maintenance, &format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
            }
        }
    }

    /// A few connections to it.
    pub(crate) async fn open(&self) -> Result<AnyPool> {
        let options: AnyConnectOptions = self.url.parse()?;
        Ok(AnyPoolOptions::new().max_connections(2).connect_with(options.disable_statement_logging()).await?)
    }

    /// The identifiers of all events that are kept.
    pub(crate) async fn events(&self) -> Result<Vec<String>> {
        let pool = self.open().await?;
        let events = sqlx::query_scalar("SELECT id FROM events").fetch_all(&pool).await?;
        pool.close().await;
        Ok(events)
    }

    /// The identifiers of all messages that the merchant has been sent, as the server believes.
    pub(crate) async fn delivered(&self) -> Result<Vec<String>> {
        let pool = self.open().await?;
        let query = "SELECT id FROM deliveries WHERE delivered_at IS NOT NULL";
        let delivered = sqlx::query_scalar(query).fetch_all(&pool).await?;
        pool.close().await;
        Ok(delivered)
    }

    /// Fails if SQLite finds its own file damaged. PostgreSQL was not killed.
    pub(crate) async fn check(&self) -> Result<()> {
        if self.engine == Engine::Sqlite {
            let pool = self.open().await?;
            let found: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await?;
            pool.close().await;
            ensure!(found == "ok", "SQLite's file is damaged: {found}");
        }
        Ok(())
    }
}

async fn command(url: &str, sql: &str) -> Result<()> {
    let mut connection =
        AnyConnection::connect(url).await.context("can't connect to RELINK_TEST_POSTGRES")?;
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.with_context(|| format!("can't {sql}"))?;
    Ok(connection.close().await?)
}

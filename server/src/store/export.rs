//! Exports the whole database as lines of JSON, for import into either kind of database: a header, a line for each row,
//! and a last line with the number of rows, which shows that the file is complete.

mod import;
mod schema;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Executor, Row};
use thiserror::Error;

pub(crate) use self::import::import;
use self::schema::{Kind, TABLES};
pub(super) use self::schema::{Table, table};
use super::migrate::newest_applied;
use super::{DatabaseSettings, Engine, Store, StoreError, Transaction};

/// Returns the names of all exported tables.
pub(super) fn table_names() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().map(|(name, _)| name)
}

const FORMAT: &str = "relink-export";
/// Migration that introduced the audit chain.
const FIRST_WITH_CHAIN: i64 = 5;

/// Newest migration that encryption needs; before it nothing is encrypted.
const FIRST_WITH_DATA_KEYS: i64 = 22;

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    /// Schema version: the newest migration of the exported database.
    version: i64,
    /// Sandbox, test or live.
    mode: Option<String>,
}

/// Every other line.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<Map<String, Value>>,
    /// Number of rows, on the last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<u64>,
}

/// Reason for which the export failed.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no database at {}", .0.display())]
    NoDatabase(PathBuf),
    #[error("there is nothing of relink-server's in this database")]
    NotOurs,
    #[error("there is no entry {0} in the audit trail, or it is not in its chain yet")]
    NoEntry(String),
    #[error("what was read can't be written: {0}")]
    Write(#[from] io::Error),
}

impl From<sqlx::Error> for ExportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Opens an existing database without migrating it. Enters nothing: before a command writes, it must call
    /// [`enter_data_key`](Self::enter_data_key).
    pub(crate) async fn attach(settings: &DatabaseSettings) -> Result<Self, ExportError> {
        if let Some(file) = settings.url.file().filter(|file| !file.is_file()) {
            return Err(ExportError::NoDatabase(file.to_owned()));
        }
        let store = Self::open_without_migrating(settings).await?;
        if !store.has_data_keys().await? {
            return Ok(store.without_data_keys());
        }
        store.check_data_keys().await?;
        Ok(store)
    }

    /// True if the database has the audit chain, that is from the fifth migration on.
    pub(crate) async fn has_chain(&self) -> Result<bool, ExportError> {
        Ok(self.version().await? >= FIRST_WITH_CHAIN)
    }

    /// True if the database can be encrypted.
    pub(crate) async fn has_data_keys(&self) -> Result<bool, ExportError> {
        Ok(self.version().await? >= FIRST_WITH_DATA_KEYS)
    }

    /// Returns the newest migration.
    async fn version(&self) -> Result<i64, ExportError> {
        let mut change = self.reader.begin("BEGIN").await?;
        let version = newest_applied(self.engine, &mut change).await?.ok_or(ExportError::NotOurs)?;
        change.rollback().await?;
        Ok(version)
    }

    /// Writes all rows in one snapshot. Returns their number.
    pub(crate) async fn export(&self, out: &mut impl Write) -> Result<u64, ExportError> {
        let begin = match self.engine {
            // SQLite's snapshot begins with the first read.
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let mut moment = self.reader.begin(begin).await?;
        let version = newest_applied(self.engine, &mut moment).await?.ok_or(ExportError::NotOurs)?;
        let mode = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'mode'");
        let mode = mode.fetch_optional(&mut *moment).await?;
        write(out, &Header { format: FORMAT.to_owned(), version, mode })?;
        let mut count = 0;
        for (name, key) in TABLES {
            let table = table(self.engine, &mut moment, name, key).await?;
            count += self.export_table(&mut moment, &table, out).await?;
        }
        write(out, &Line { end: Some(count), ..Line::default() })?;
        out.flush()?;
        Ok(count)
    }

    async fn export_table(
        &self,
        moment: &mut Transaction,
        table: &Table,
        out: &mut impl Write,
    ) -> Result<u64, ExportError> {
        let mut rows = moment.fetch(sqlx::query(AssertSqlSafe(table.everything(self.engine))));
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            let row = Some(values(&row, table)?);
            write(out, &Line { table: Some(table.name.to_owned()), row, end: None })?;
            count += 1;
        }
        Ok(count)
    }

    /// Copies SQLite's file in one snapshot, to a new or empty file.
    pub(crate) async fn copy_file(&self, to: &str) -> Result<(), StoreError> {
        sqlx::query("VACUUM INTO $1").bind(to.to_owned()).execute(&self.writer).await?;
        Ok(())
    }
}

pub(super) fn values(row: &AnyRow, table: &Table) -> Result<Map<String, Value>, StoreError> {
    let mut values = Map::new();
    for (place, column) in table.columns.iter().enumerate() {
        let value = match column.kind {
            Kind::Text => row.try_get::<Option<String>, _>(place)?.map(Value::from),
            Kind::Number => row.try_get::<Option<i64>, _>(place)?.map(Value::from),
        };
        values.insert(column.name.clone(), value.unwrap_or_default());
    }
    Ok(values)
}

fn write<T: Serialize>(out: &mut impl Write, line: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

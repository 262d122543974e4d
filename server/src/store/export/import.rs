//! Imports an export into an empty database, in one transaction.

use std::io::{self, BufRead};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::AssertSqlSafe;
use thiserror::Error;

use super::schema::{self, Column, Kind, TABLES, Table};
use super::{FORMAT, Header, Line};
use crate::config::database::Engine;
use crate::store::bulk_insert::{engine, pieces, rows};
use crate::store::migrate::newest_applied;
use crate::store::{Store, StoreError, Transaction};

/// Rows per flush.
const MAX_CONCURRENT: usize = 256;

/// Reason for which nothing was imported.
#[derive(Debug, Error)]
pub(crate) enum ImportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file can't be read: {0}")]
    Read(#[from] io::Error),
    #[error("the database is not empty: `{0}` has rows; import into one that no server was started with")]
    NotEmpty(&'static str),
    #[error("this is not what `relink-server export` writes")]
    NotAnExport,
    #[error(
        "this was exported from tables of version {found}, and this program has version {ours}: import it with the \
         program that exported it, then start this one on that database, which brings it up to date"
    )]
    OtherVersion { found: i64, ours: i64 },
    #[error("line {line}: {fault}")]
    Line { line: u64, fault: Fault },
    #[error("the rows up to line {line} can't be kept: {error}")]
    Rows { line: u64, error: StoreError },
    #[error("the file has no end: it holds {0} rows, and the line that says how many there are is missing")]
    Truncated(u64),
}

/// Error in a line.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    #[error("it is neither a row nor the end")]
    Form,
    #[error("there is no table `{0}`")]
    Table(String),
    #[error("`{0}` has no column `{1}`")]
    Unknown(&'static str, String),
    #[error("the row of `{0}` lacks `{1}`")]
    Missing(&'static str, String),
    #[error("`{1}` of `{0}` can't hold that")]
    Type(&'static str, String),
    #[error("there should be {0} rows before this line, and there are {1}")]
    Count(u64, u64),
    #[error("there is data after the last line")]
    AfterTheEnd,
}

/// Import under way, with the rows that wait to be written, all of one table.
struct Import<'a> {
    change: Transaction,
    tables: &'a [Table],
    table: Option<&'a Table>,
    waiting: Vec<Map<String, Value>>,
    rows: u64,
}

/// Imports everything into this database, which must be empty. Returns the number of rows.
pub(crate) async fn import(store: &Store, file: impl BufRead) -> Result<u64, ImportError> {
    store.before_import().await?;
    let mut change = store.change().await?;
    // The key that was entered when the store was opened; `register_data_key` enters it again afterwards.
    sqlx::query("DELETE FROM data_keys").execute(&mut change).await.map_err(StoreError::from)?;
    let mut tables = Vec::with_capacity(TABLES.len());
    for (name, key) in TABLES {
        if is_filled(&mut change, name).await? {
            return Err(ImportError::NotEmpty(name));
        }
        tables.push(schema::table(store.engine(), &mut change, name, key).await?);
    }
    let mut lines = file.lines();
    let header: Header =
        read(&lines.next().transpose()?.unwrap_or_default()).ok_or(ImportError::NotAnExport)?;
    if header.format != FORMAT {
        return Err(ImportError::NotAnExport);
    }
    let ours = newest_applied(store.engine(), &mut change).await?.unwrap_or_default();
    if header.version != ours {
        return Err(ImportError::OtherVersion { found: header.version, ours });
    }
    let mut import = Import { change, tables: &tables, table: None, waiting: Vec::new(), rows: 0 };
    let mut number = 1;
    let mut is_over = false;
    for line in lines {
        number += 1;
        let fault = |fault| ImportError::Line { line: number, fault };
        if is_over {
            return Err(fault(Fault::AfterTheEnd));
        }
        let line: Line = read(&line?).ok_or(fault(Fault::Form))?;
        match line {
            Line { table: Some(table), row: Some(row), end: None } => {
                import.take(&table, row).await.map_err(|error| error.at(number))?;
            }
            Line { table: None, row: None, end: Some(rows) } if rows == import.rows => is_over = true,
            Line { table: None, row: None, end: Some(rows) } => {
                return Err(fault(Fault::Count(rows, import.rows)));
            }
            Line { .. } => return Err(fault(Fault::Form)),
        }
    }
    if !is_over {
        return Err(ImportError::Truncated(import.rows));
    }
    import.flush().await.map_err(|error| ImportError::Rows { line: number, error })?;
    let needed =
        sqlx::query_scalar("SELECT id FROM data_keys ORDER BY id").fetch_all(&mut import.change).await;
    let missing = store.data_keys().missing(needed.map_err(StoreError::from)?);
    if !missing.is_empty() {
        return Err(StoreError::MissingDataKeys(missing).into());
    }
    import.change.commit().await.map_err(StoreError::from)?;
    store.after_import().await?;
    Ok(import.rows)
}

impl Store {
    /// Sets SQLite's page cache to 64 MiB: the import is one large transaction, which is slow if little of it fits into
    /// memory.
    async fn before_import(&self) -> Result<(), StoreError> {
        if self.engine == Engine::Sqlite {
            sqlx::query("PRAGMA cache_size = -65536").execute(&self.writer).await?;
        }
        Ok(())
    }

    /// Truncates SQLite's log, which has grown to the size of the import and would keep it.
    async fn after_import(&self) -> Result<(), StoreError> {
        if self.engine == Engine::Sqlite {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await?;
        }
        Ok(())
    }
}

async fn is_filled(change: &mut Transaction, table: &str) -> Result<bool, StoreError> {
    let first = format!("SELECT CAST(1 AS BIGINT) FROM {table} LIMIT 1");
    let first: Option<i64> = sqlx::query_scalar(AssertSqlSafe(first)).fetch_optional(&mut **change).await?;
    Ok(first.is_some())
}

fn read<T: DeserializeOwned>(line: &str) -> Option<T> {
    serde_json::from_str(line).ok()
}

/// Error in a row, before the line number is known.
enum TakeError {
    Fault(Fault),
    Store(StoreError),
}

impl TakeError {
    fn at(self, line: u64) -> ImportError {
        match self {
            Self::Fault(fault) => ImportError::Line { line, fault },
            Self::Store(error) => ImportError::Rows { line, error },
        }
    }
}

impl Import<'_> {
    async fn take(&mut self, name: &str, row: Map<String, Value>) -> Result<(), TakeError> {
        if self.table.is_none_or(|table| table.name != name) {
            let mut tables = self.tables.iter();
            let table = tables.find(|table| table.name == name);
            let table = table.ok_or_else(|| TakeError::Fault(Fault::Table(name.to_owned())))?;
            self.flush().await.map_err(TakeError::Store)?;
            self.table = Some(table);
        }
        if let Some(table) = self.table {
            check(table, &row).map_err(TakeError::Fault)?;
        }
        self.waiting.push(row);
        self.rows += 1;
        if self.waiting.len() == MAX_CONCURRENT {
            self.flush().await.map_err(TakeError::Store)
        } else {
            Ok(())
        }
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.waiting);
        let Some(table) = self.table.filter(|_| !waiting.is_empty()) else { return Ok(()) };
        for piece in pieces(&waiting) {
            let places = rows(engine(&self.change), piece.len(), table.columns.len());
            let statement = format!("INSERT INTO {} ({}) VALUES {places}", table.name, table.names());
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for row in piece {
                for Column { name, kind } in &table.columns {
                    let value = row.get(name);
                    query = match kind {
                        Kind::Text => query.bind(value.and_then(Value::as_str).map(str::to_owned)),
                        Kind::Number => query.bind(value.and_then(Value::as_i64)),
                    };
                }
            }
            query.execute(&mut *self.change).await?;
        }
        Ok(())
    }
}

/// Checks that the row has all columns of the table with values of their types, and no others.
fn check(table: &Table, row: &Map<String, Value>) -> Result<(), Fault> {
    let is_known = |name: &str| table.columns.iter().any(|column| column.name == name);
    if let Some(unknown) = row.keys().find(|name| !is_known(name)) {
        return Err(Fault::Unknown(table.name, unknown.clone()));
    }
    for Column { name, kind } in &table.columns {
        let value = row.get(name).ok_or_else(|| Fault::Missing(table.name, name.clone()))?;
        let fits = match kind {
            Kind::Text => value.is_string(),
            Kind::Number => value.is_i64(),
        };
        if !fits && !value.is_null() {
            return Err(Fault::Type(table.name, name.clone()));
        }
    }
    Ok(())
}

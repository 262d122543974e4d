//! Encrypts what is stored with the current key, beside running servers.
//!
//! It goes through each table in the order of its key, some rows at a time. It never waits for a lock while it holds one, so
//! that it can't deadlock with a server: on PostgreSQL, rows that are locked are passed over and come in the next round.

use std::time::Duration;

use serde_json::Value;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row};
use tokio::time::{Instant, sleep};

pub(crate) use super::registry::KeyUse;
use super::registry::UNUSED_AFTER;
use super::sign_ins::WITH_ADDRESS;
use super::{EncryptedTable, RowCipher, TABLES, bare};
use crate::config::database::Engine;
use crate::domain::data_keys::{DataKeys, ENCRYPTED, INDEXED, key_id};
use crate::store::accounts::LAST4;
use crate::store::{Store, StoreError, Transaction};

/// Rows per transaction. SQLite's other writers wait for so many.
const SLICE: usize = 100;
/// Rounds until it gives up on rows that others keep writing with another key.
pub(in crate::store) const ROUNDS: usize = 20;
/// Pause before another round.
const PAUSE: Duration = Duration::from_millis(500);

/// Progress of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) table: &'static str,
    /// Rows of this table that were written so far.
    pub(crate) rows: usize,
}

/// Result of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rotated {
    /// Number of rows that were written.
    pub(crate) rows: usize,
    /// Keys that nothing is encrypted with any more, and that no server uses.
    pub(crate) unused: Vec<String>,
    /// Keys that nothing is encrypted with any more, but that a server may still use.
    pub(crate) in_use: Vec<String>,
    /// Values that are still as they were, because servers with another first key wrote them meanwhile.
    pub(crate) left: i64,
}

/// Primary key of the last row.
type Cursor = Vec<String>;

impl Store {
    /// Encrypts everything with the first key, or decrypts it if new values are to be in clear text. Can be interrupted: what
    /// is done stays, and another run goes on with the rest.
    pub(crate) async fn rotate_data_keys(
        &self,
        mut report: impl FnMut(Progress),
    ) -> Result<Rotated, StoreError> {
        let mut rows = 0;
        let is_renewed_as_a_whole =
            |table: &&EncryptedTable| !table.encrypted.is_empty() && !WITH_ADDRESS.contains(&table.table);
        for table in TABLES.iter().filter(is_renewed_as_a_whole) {
            rows += self.rotate_table(table, &mut report).await?;
        }
        let words = is_outdated(self.data_keys(), INDEXED, "word");
        rows += self.rotate_customer_words(&words, &mut report).await?;
        self.rotate_sign_ins().await?;
        let before = crate::clock::now() - UNUSED_AFTER;
        let uses = self.key_uses().await?;
        let current = self.data_keys().current_id();
        let is_left = |key: &KeyUse| key.key != current;
        let left = uses.iter().filter(|key| is_left(key)).map(|key| key.values).sum();
        let needed = uses.iter().filter_map(|key| key.key.as_deref()).collect();
        let (unused, in_use) = self.forget_unused_keys(&needed, before).await?;
        Ok(Rotated { rows, unused, in_use, left })
    }

    async fn rotate_table(
        &self,
        table: &'static EncryptedTable,
        report: &mut impl FnMut(Progress),
    ) -> Result<usize, StoreError> {
        let mut rows = 0;
        for round in 0..ROUNDS {
            let before = rows;
            let mut after: Option<Cursor> = None;
            loop {
                let begun = Instant::now();
                let (written, last) = self.rotate_slice(table, after.as_ref()).await?;
                rows += written;
                if written > 0 {
                    report(Progress { table: table.table, rows });
                }
                after = last;
                if after.is_none() {
                    break;
                }
                // As long as it has worked, so that it takes half of one disk at most.
                sleep(begun.elapsed()).await;
            }
            if (rows == before && round > 0) || self.count_outdated(table).await? == 0 {
                break;
            }
            sleep(PAUSE).await;
        }
        Ok(rows)
    }

    /// Rotates the next rows after this one. Returns the number of those that were written, and the last one if there may be
    /// more. Looks for them before it begins to write, because SQLite's other writers wait for a transaction that does.
    async fn rotate_slice(
        &self,
        table: &EncryptedTable,
        after: Option<&Cursor>,
    ) -> Result<(usize, Option<Cursor>), StoreError> {
        let key = table.key.join(", ");
        let outdated = outdated(self.data_keys(), table);
        let behind = after.map_or_else(String::new, |_| format!("WHERE ({key}) > ({})", places(table, 0)));
        let window = format!(
            "SELECT {key}, CASE WHEN {outdated} THEN 1 ELSE 0 END AS is_outdated FROM {} {behind} ORDER BY {key} LIMIT {SLICE}",
            table.table
        );
        let rows = bound(window, after.into_iter().flatten()).fetch_all(self.reader()).await?;
        let keys: Vec<Cursor> = rows.iter().map(|row| cursor(table, row)).collect::<Result<_, _>>()?;
        let is_any_outdated =
            rows.iter().any(|row| row.try_get::<i64, _>("is_outdated").is_ok_and(|is| is != 0));
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Ok((0, None)) };
        let written = if is_any_outdated { self.write_anew(table, first, last).await? } else { 0 };
        Ok((written, keys.last().filter(|_| keys.len() == SLICE).cloned()))
    }

    /// Writes what is outdated between these rows anew. Returns the number of rows.
    async fn write_anew(
        &self,
        table: &EncryptedTable,
        first: &Cursor,
        last: &Cursor,
    ) -> Result<usize, StoreError> {
        let key = table.key.join(", ");
        let question = format!(
            "SELECT {key}, {} FROM {} WHERE ({key}) >= ({}) AND ({key}) <= ({}) AND ({}){}",
            table.columns().map(bare).collect::<Vec<_>>().join(", "),
            table.table,
            places(table, 0),
            places(table, table.key.len()),
            outdated(self.data_keys(), table),
            self.engine().for_update_skip_locked()
        );
        let mut change = self.change().await?;
        let rows = bound(question, first.iter().chain(last)).fetch_all(&mut change).await?;
        for row in &rows {
            rotate_row(&mut change, table, row).await?;
        }
        change.commit().await?;
        Ok(rows.len())
    }

    async fn count_outdated(&self, table: &EncryptedTable) -> Result<i64, StoreError> {
        let question =
            format!("SELECT COUNT(*) FROM {} WHERE {}", table.table, outdated(self.data_keys(), table));
        Ok(sqlx::query_scalar(AssertSqlSafe(question)).fetch_one(self.reader()).await?)
    }

    /// False behind a pooler that shares connections between transactions: tables can't be rewritten in one.
    pub(crate) fn can_vacuum(&self) -> bool {
        !self.writer.is_shared_by_transactions()
    }

    /// Makes SQLite's statistics anew, which have values of indexes, if somebody has made them. The server does not.
    async fn renew_sqlite_statistics(&self) -> Result<(), StoreError> {
        let tables = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'";
        let tables: i64 = sqlx::query_scalar(tables).fetch_one(self.reader()).await?;
        if tables > 0 {
            sqlx::query("ANALYZE").execute(&self.writer).await?;
        }
        Ok(())
    }

    /// Rewrites the tables, so that nothing of the earlier values stays in free space or in PostgreSQL's statistics. Locks
    /// them meanwhile. Returns false if SQLite's log could not be emptied, because another process reads it.
    pub(crate) async fn vacuum(&self) -> Result<bool, StoreError> {
        match self.engine() {
            Engine::Sqlite => {
                self.renew_sqlite_statistics().await?;
                sqlx::query("VACUUM").execute(&self.writer).await?;
                let emptied = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.writer).await?;
                let is_busy: i64 = emptied.try_get(0)?;
                Ok(is_busy == 0)
            }
            Engine::Postgres => {
                for table in TABLES {
                    let vacuum = format!("VACUUM (FULL, ANALYZE) {}", table.table);
                    sqlx::query(AssertSqlSafe(vacuum)).execute(&self.writer).await?;
                }
                // Earlier statistics. PostgreSQL passes over it, with a warning, if we don't own the database.
                sqlx::query("VACUUM (FULL) pg_statistic").execute(&self.writer).await?;
                Ok(true)
            }
        }
    }
}

/// Returns the placeholders of a primary key, behind so many others.
fn places(table: &EncryptedTable, behind: usize) -> String {
    let places: Vec<String> = (1..=table.key.len()).map(|place| format!("${}", behind + place)).collect();
    places.join(", ")
}

fn bound<'a>(
    statement: String,
    values: impl Iterator<Item = &'a String>,
) -> Query<'static, Any, AnyArguments> {
    values.fold(sqlx::query(AssertSqlSafe(statement)), |query, value| query.bind(value.clone()))
}

/// Returns the primary key of a row.
fn cursor(table: &EncryptedTable, row: &AnyRow) -> Result<Cursor, StoreError> {
    Ok(table.key.iter().map(|column| row.try_get(*column)).collect::<Result<_, _>>()?)
}

/// Returns the condition that something in a row is not as it would be stored now.
fn outdated(keys: &DataKeys, table: &EncryptedTable) -> String {
    let encrypted = table.encrypted.iter().map(|column| is_outdated(keys, ENCRYPTED, bare(column)));
    let indexed = table.indexed.iter().map(|column| is_outdated(keys, INDEXED, bare(column)));
    let conditions: Vec<String> = encrypted.chain(indexed).collect();
    conditions.join(" OR ")
}

pub(super) fn is_outdated(keys: &DataKeys, begin: &str, column: &str) -> String {
    keys.current_id().map_or_else(
        || format!("{column} LIKE '{begin}%'"),
        |id| format!("({column} IS NOT NULL AND {column} NOT LIKE '{begin}{id}:%')"),
    )
}

/// Writes the row anew.
async fn rotate_row(
    change: &mut Transaction,
    table: &EncryptedTable,
    row: &AnyRow,
) -> Result<(), StoreError> {
    let key = cursor(table, row)?;
    let parts: Vec<&str> = key.iter().map(String::as_str).collect();
    let keys = change.data_keys().clone();
    let cipher = RowCipher::new(&keys, &parts);
    let (mut names, mut values, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for column in table.encrypted {
        let text = cipher.open_optional(column, row.try_get(bare(column))?)?;
        names.push(bare(column));
        values.push(cipher.seal_optional(column, text.as_deref())?);
        texts.push(text);
    }
    for column in table.indexed {
        let stored: Option<String> = row.try_get(bare(column))?;
        names.push(bare(column));
        values.push(stored.map(|stored| renewed_index(&keys, column, stored, &texts)));
    }
    let sets: Vec<String> =
        names.iter().enumerate().map(|(place, name)| format!("{name} = ${}", place + 1)).collect();
    let conditions: Vec<String> =
        (names.len() + 1..).zip(table.key).map(|(place, column)| format!("{column} = ${place}")).collect();
    let statement =
        format!("UPDATE {} SET {} WHERE {}", table.table, sets.join(", "), conditions.join(" AND "));
    let query = values.into_iter().fold(sqlx::query(AssertSqlSafe(statement)), Query::bind);
    let query = key.iter().fold(query, |query, part| query.bind(part.clone()));
    query.execute(change).await?;
    Ok(())
}

/// Returns the index by the current key: of the value itself if that is stored, else of the one in the decrypted account.
fn renewed_index(keys: &DataKeys, column: &'static str, stored: String, texts: &[Option<String>]) -> String {
    if key_id(&stored).is_none() {
        return keys.index(column, &stored);
    }
    let account = texts.first().and_then(Option::as_deref).filter(|_| column == LAST4);
    let account: Option<Value> = account.and_then(|account| serde_json::from_str(account).ok());
    let digits = account.as_ref().and_then(|account| account.get("last4")).and_then(Value::as_str);
    digits.map_or(stored, |digits| keys.index(column, digits))
}

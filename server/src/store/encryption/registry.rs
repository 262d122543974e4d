//! Keys that the database needs, by their identifiers.

use sqlx::{AssertSqlSafe, Row};

use super::{RowCipher, TABLES, bare};
use crate::domain::data_keys::{ENCRYPTED, key_id};
use crate::store::{Store, StoreError};

/// Values of one column that are encrypted with one key, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyUse {
    /// Table and column.
    pub(crate) column: &'static str,
    /// Identifier of the key; `None` for clear text.
    pub(crate) key: Option<String>,
    pub(crate) values: i64,
}

impl Store {
    /// Returns the keys that may be needed to read the database.
    pub(crate) async fn data_key_ids(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT id FROM data_keys ORDER BY id").fetch_all(self.reader()).await?)
    }

    /// Fails if a key that the database needs is missing. Enters the one that encrypts, before it is used.
    pub(crate) async fn register_data_key(&self) -> Result<(), StoreError> {
        let known = self.data_key_ids().await?;
        let current = self.data_keys().current_id().map(str::to_owned);
        let is_known = current.as_ref().is_none_or(|current| known.contains(current));
        let missing = self.data_keys().missing(known);
        if !missing.is_empty() {
            return Err(StoreError::MissingDataKeys(missing));
        }
        if !is_known {
            sqlx::query("INSERT INTO data_keys (id, created_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
                .bind(current)
                .bind(crate::clock::now().as_millisecond())
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    /// Decrypts one value of each encrypted column, if there is one. Returns the number of values that it tried.
    pub(crate) async fn try_data_keys(&self) -> Result<usize, StoreError> {
        let mut tried = 0;
        for table in TABLES {
            for column in table.encrypted {
                let question = format!(
                    "SELECT {}, {} FROM {} WHERE {} LIKE '{ENCRYPTED}%' LIMIT 1",
                    bare(column),
                    table.key.join(", "),
                    table.table,
                    bare(column)
                );
                let row = sqlx::query(AssertSqlSafe(question)).fetch_optional(self.reader()).await?;
                let Some(row) = row else { continue };
                let key: Vec<String> =
                    (1..=table.key.len()).map(|place| row.try_get(place)).collect::<Result<_, _>>()?;
                let key: Vec<&str> = key.iter().map(String::as_str).collect();
                RowCipher::new(self.data_keys(), &key).open(column, row.try_get(0)?)?;
                tried += 1;
            }
        }
        Ok(tried)
    }

    /// Counts the values of each encrypted column by key. Reads all of them.
    pub(crate) async fn key_uses(&self) -> Result<Vec<KeyUse>, StoreError> {
        let mut uses = Vec::new();
        for table in TABLES {
            for column in table.columns() {
                let name = bare(column);
                // Enough of the value for the identifier of its key, and nothing of a value in clear text.
                let question = format!(
                    "SELECT begin, COUNT(*) FROM (SELECT CASE WHEN {name} LIKE 'relink1:%' OR {name} LIKE 'index1:%' \
                     THEN SUBSTR({name}, 1, 20) ELSE '' END AS begin FROM {} WHERE {name} IS NOT NULL) AS v \
                     GROUP BY begin ORDER BY begin",
                    table.table
                );
                for row in sqlx::query(AssertSqlSafe(question)).fetch_all(self.reader()).await? {
                    let begin: String = row.try_get(0)?;
                    let key = key_id(&begin).map(str::to_owned);
                    uses.push(KeyUse { column, key, values: row.try_get(1)? });
                }
            }
        }
        Ok(uses)
    }
}

//! Keys that the database needs, by their identifiers.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use super::{RowCipher, TABLES, bare};
use crate::domain::data_keys::{DataKeys, ENCRYPTED, key_id};
use crate::store::migrate::{raise_generation, restore_generation};
use crate::store::{Store, StoreError, Transaction};

/// Interval at which a server enters again that it encrypts with its key.
const RENEWED_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Time after which no server encrypts with a key any more that none has renewed. A server that could not write for so long
/// enters its key again before anything else.
pub(super) const UNUSED_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Generation of the schema from which version 0.1.0, which can't decrypt anything, refuses a database.
const ENCRYPTED_GENERATION: i64 = 4;

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

    /// Fails if a key that the database needs is missing.
    pub(crate) async fn check_data_keys(&self) -> Result<(), StoreError> {
        let missing = self.data_keys().missing(self.data_key_ids().await?);
        if missing.is_empty() { Ok(()) } else { Err(StoreError::MissingDataKeys(missing)) }
    }

    /// Fails if these keys, which are to replace those in use, lack one that the database needs. Enters the one of them that
    /// encrypts.
    pub(crate) async fn prepare_data_keys(&self, keys: &DataKeys) -> Result<(), StoreError> {
        if keys == self.data_keys() {
            // Other secrets are replaced also while the database can't be reached.
            return Ok(());
        }
        let missing = keys.missing(self.data_key_ids().await?);
        if !missing.is_empty() {
            return Err(StoreError::MissingDataKeys(missing));
        }
        let Some(id) = keys.current_id().filter(|id| Some(id) != self.data_keys().current_id().as_ref())
        else {
            return Ok(());
        };
        let mut change = self.change().await?;
        set_used(&mut change, id, crate::clock::now(), SignedDuration::ZERO).await?;
        raise_generation(&mut change, ENCRYPTED_GENERATION).await?;
        Ok(change.commit().await?)
    }

    /// Fails if a key that the database needs is missing. Enters the one that encrypts.
    pub(crate) async fn register_data_key(&self) -> Result<(), StoreError> {
        self.check_data_keys().await?;
        self.enter_data_key().await
    }

    /// Enters the key that encrypts, if there is one, which must be done before it is used. From the first key on, a version
    /// that knows no keys refuses the database.
    pub(crate) async fn enter_data_key(&self) -> Result<(), StoreError> {
        if self.data_keys().ids().is_empty() {
            return Ok(());
        }
        let mut change = self.change().await?;
        if let Some(id) = self.data_keys().current_id() {
            set_used(&mut change, id, crate::clock::now(), SignedDuration::ZERO).await?;
        }
        let keys: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM data_keys").fetch_one(&mut change).await?;
        if keys > 0 {
            raise_generation(&mut change, ENCRYPTED_GENERATION).await?;
        }
        Ok(change.commit().await?)
    }

    /// Enters that this server still encrypts with its key, at most once a minute.
    pub(crate) async fn renew_data_key(&self, now: Timestamp) -> Result<(), StoreError> {
        let Some(id) = self.data_keys().current_id() else { return Ok(()) };
        let mut change = self.change().await?;
        set_used(&mut change, id, now, RENEWED_EVERY).await?;
        Ok(change.commit().await?)
    }

    /// Removes the keys that are not in `needed` and that no server has used since `before`, so that no start asks for them.
    /// The keys must have been counted after `before`: whoever has written with a key meanwhile has entered it anew, and it
    /// stays. Returns those that are removed, and those that may still be used.
    pub(super) async fn forget_unused_keys(
        &self,
        needed: &BTreeSet<&str>,
        before: Timestamp,
    ) -> Result<(Vec<String>, Vec<String>), StoreError> {
        let current = self.data_keys().current_id();
        let known = self.data_key_ids().await?;
        let mut change = self.change().await?;
        // Locks the generation, so that a key that is entered meanwhile raises it again afterwards.
        raise_generation(&mut change, ENCRYPTED_GENERATION).await?;
        let (mut unused, mut in_use) = (Vec::new(), Vec::new());
        for id in known {
            if needed.contains(id.as_str()) || Some(&id) == current.as_ref() {
                continue;
            }
            let forgotten = sqlx::query("DELETE FROM data_keys WHERE id = $1 AND used_at <= $2")
                .bind(id.clone())
                .bind(before.as_millisecond())
                .execute(&mut change)
                .await?;
            if forgotten.rows_affected() > 0 { unused.push(id) } else { in_use.push(id) }
        }
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM data_keys").fetch_one(&mut change).await?;
        if left == 0 {
            restore_generation(&mut change, ENCRYPTED_GENERATION).await?;
        }
        change.commit().await?;
        Ok((unused, in_use))
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

/// Sets the time of a key that encrypts, unless it was set within `interval`.
async fn set_used(
    change: &mut Transaction,
    id: String,
    now: Timestamp,
    interval: SignedDuration,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO data_keys (id, created_at, used_at) VALUES ($1, $2, $2) \
         ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at WHERE data_keys.used_at <= $3",
    )
    .bind(id)
    .bind(now.as_millisecond())
    .bind((now - interval).as_millisecond())
    .execute(change)
    .await?;
    Ok(())
}

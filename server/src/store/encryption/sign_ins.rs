//! Rotation of what is stored about operators' sign-ins: blind indexes of their email addresses.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::rotation::is_outdated;
use super::{EncryptedTable, RowCipher, TABLES};
use crate::domain::data_keys::{ENCRYPTED, INDEXED, key_id};
use crate::store::{Store, StoreError, Transaction};

/// Tables with an index of an address and, from version 0.2.0 on, the address itself.
pub(super) const WITH_ADDRESS: [&str; 2] = ["code_limits", "known_browsers"];

impl Store {
    /// Renews the indexes of operators, of the addresses beside them. Rows of other keys that have none, which servers of
    /// unreleased versions wrote, are deleted. Open codes end within minutes; those in clear text are indexed.
    pub(super) async fn rotate_sign_ins(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query("DELETE FROM sign_in_codes WHERE expires_at <= $1")
            .bind(crate::clock::now().as_millisecond())
            .execute(&mut change)
            .await?;
        index_codes(&mut change).await?;
        for table in TABLES.iter().filter(|table| WITH_ADDRESS.contains(&table.table)) {
            let keys = change.data_keys();
            let outdated = format!(
                "SELECT operator, address, {} FROM {} WHERE {} OR {}",
                other_key(table),
                table.table,
                is_outdated(keys, INDEXED, "operator"),
                is_outdated(keys, ENCRYPTED, "address")
            );
            for row in sqlx::query(AssertSqlSafe(outdated)).fetch_all(&mut change).await? {
                renew(&mut change, table, &row).await?;
            }
        }
        Ok(change.commit().await?)
    }
}

/// Indexes the codes in clear text.
async fn index_codes(change: &mut Transaction) -> Result<(), StoreError> {
    let clear = format!("SELECT DISTINCT operator FROM sign_in_codes WHERE operator NOT LIKE '{INDEXED}%'");
    for row in sqlx::query(AssertSqlSafe(clear)).fetch_all(&mut *change).await? {
        let operator: String = row.try_get("operator")?;
        let index = change.data_keys().index("sign_in_codes.operator", &operator);
        sqlx::query("UPDATE sign_in_codes SET operator = $1 WHERE operator = $2")
            .bind(index)
            .bind(operator)
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}

/// Returns the column that identifies a row, of one operator where that is a part of the key.
fn other_key(table: &EncryptedTable) -> &'static str {
    table.key.iter().copied().find(|column| *column != "operator").unwrap_or("hash")
}

/// Writes a row anew, or deletes it if its address is unknown, or a server that has the new key already has begun another one.
async fn renew(change: &mut Transaction, table: &EncryptedTable, row: &AnyRow) -> Result<(), StoreError> {
    let (key_column, stored): (_, String) = (other_key(table), row.try_get("operator")?);
    let other: String = row.try_get(key_column)?;
    let keys = change.data_keys().clone();
    let (Some(index_column), Some(address_column)) = (table.indexed.first(), table.encrypted.first()) else {
        return Ok(());
    };
    let email = if key_id(&stored).is_none() {
        Some(stored.clone())
    } else {
        let row_key = row_key(table, &stored, &other);
        RowCipher::new(&keys, &row_key).open_optional(address_column, row.try_get("address")?)?
    };
    let mut written = 0;
    if let Some(email) = email {
        let index = keys.index(index_column, &email);
        let address =
            sealed_address(&RowCipher::new(&keys, &row_key(table, &index, &other)), address_column, &email)?;
        let is_free = if index == stored || !table.key.contains(&"operator") {
            String::new()
        } else {
            format!(
                " AND NOT EXISTS (SELECT 1 FROM {0} AS own WHERE own.operator = $1 AND own.{key_column} = $4)",
                table.table
            )
        };
        let renewed = format!(
            "UPDATE {} SET operator = $1, address = $2 WHERE operator = $3 AND {key_column} = $4{is_free}",
            table.table
        );
        let renewed = sqlx::query(AssertSqlSafe(renewed)).bind(index).bind(address);
        let renewed = renewed.bind(stored.clone()).bind(other.clone()).execute(&mut *change).await?;
        written = renewed.rows_affected();
    }
    if written == 0 {
        let statement = format!("DELETE FROM {} WHERE operator = $1 AND {key_column} = $2", table.table);
        sqlx::query(AssertSqlSafe(statement)).bind(stored).bind(other).execute(change).await?;
    }
    Ok(())
}

/// Returns the primary key of a row, in its order.
fn row_key<'a>(table: &EncryptedTable, operator: &'a str, other: &'a str) -> Vec<&'a str> {
    table.key.iter().map(|column| if *column == "operator" { operator } else { other }).collect()
}

/// Returns what is stored of an address beside its index: nothing where that is in clear text itself.
pub(in crate::store) fn sealed_address(
    cipher: &RowCipher<'_>,
    column: &'static str,
    email: &str,
) -> Result<Option<String>, StoreError> {
    if cipher.is_encrypting() { cipher.seal(column, email).map(Some) } else { Ok(None) }
}

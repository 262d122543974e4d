//! Results of requests with an `Idempotency-Key`.

use jiff::Timestamp;
use sqlx::Row;

use super::{Store, StoreError, Transaction};

/// Result of an earlier request with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResult {
    /// Text that identifies the parameters of the earlier request.
    pub(crate) fingerprint: String,
    /// Identifier of the relink request that was made.
    pub(crate) request: String,
    pub(crate) salt: String,
}

impl Store {
    /// Returns the earlier result for this key, if there is one.
    pub(crate) async fn idempotent_result(&self, key: &str) -> Result<Option<StoredResult>, StoreError> {
        let row = sqlx::query("SELECT fingerprint, request, salt FROM idempotency WHERE key = $1");
        let Some(row) = row.bind(key.to_owned()).fetch_optional(self.reader()).await? else {
            return Ok(None);
        };
        Ok(Some(StoredResult {
            fingerprint: row.try_get("fingerprint")?,
            request: row.try_get("request")?,
            salt: row.try_get("salt")?,
        }))
    }
}

/// Stores the result for this key. Returns false if the key is taken: of several concurrent requests, one succeeds.
pub(crate) async fn note(
    change: &mut Transaction,
    key: &str,
    made: &StoredResult,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "INSERT INTO idempotency (key, fingerprint, request, salt, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (key) DO NOTHING",
    )
    .bind(key.to_owned())
    .bind(made.fingerprint.clone())
    .bind(made.request.clone())
    .bind(made.salt.clone())
    .bind(now.as_millisecond())
    .execute(change)
    .await?;
    Ok(noted.rows_affected() > 0)
}

/// Deletes the key of this relink request, so that it can be used again.
pub(crate) async fn forget(change: &mut Transaction, request: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM idempotency WHERE request = $1")
        .bind(request.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

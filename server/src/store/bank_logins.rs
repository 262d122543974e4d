//! Bank logins, and whether a relink can repair them.

use jiff::Timestamp;
use relink_protocol::AuthorizationId;

use super::{Store, StoreError, Transaction};

impl Store {
    /// Returns whether a relink repairs the login; `None` if it was not read since one of its accounts changed.
    pub(crate) async fn is_repairable(&self, id: &AuthorizationId) -> Result<Option<bool>, StoreError> {
        let repairable: Option<i64> = sqlx::query_scalar(
            "SELECT can_be_repaired FROM authorizations WHERE id = $1 AND read_at >= \
             COALESCE((SELECT MAX(changed_at) FROM accounts WHERE authorization_id = $1), 0)",
        )
        .bind(id.as_str().to_owned())
        .fetch_optional(self.reader())
        .await?;
        Ok(repairable.map(|repairable| repairable != 0))
    }

    /// Stores whether a relink repairs the login.
    pub(crate) async fn save_login(
        &self,
        id: &AuthorizationId,
        can_be_repaired: bool,
        read_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO authorizations (id, can_be_repaired, read_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id) DO UPDATE SET can_be_repaired = excluded.can_be_repaired, read_at = excluded.read_at",
        )
        .bind(id.as_str().to_owned())
        .bind(i64::from(can_be_repaired))
        .bind(read_at.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// Deletes what is stored of the login. Returns its accounts.
pub(crate) async fn forget(
    change: &mut Transaction,
    id: &AuthorizationId,
) -> Result<Vec<String>, StoreError> {
    let id = id.as_str().to_owned();
    sqlx::query("DELETE FROM authorizations WHERE id = $1").bind(id.clone()).execute(&mut *change).await?;
    let accounts = sqlx::query_scalar("SELECT id FROM accounts WHERE authorization_id = $1");
    Ok(accounts.bind(id).fetch_all(change).await?)
}

//! Position of the backfill.

use sqlx::AssertSqlSafe;

use super::bulk_insert::engine;
use super::{Store, StoreError, Transaction, meta};
use crate::domain::backfill::Backfill;
use crate::domain::erasure::Subject;

const BACKFILL: &str = "backfill";

impl Store {
    /// Returns the position; `None` if no backfill has begun, or another version has stored one that this version can't
    /// read.
    pub(crate) async fn backfill(&self) -> Result<Option<Backfill>, StoreError> {
        Ok(self.meta(BACKFILL).await?.and_then(|backfill| serde_json::from_str(&backfill).ok()))
    }

    /// Saves the position.
    pub(crate) async fn save_backfill(&self, backfill: &Backfill) -> Result<(), StoreError> {
        let text = serde_json::to_string(backfill).map_err(|_| StoreError::Unreadable("meta.backfill"))?;
        self.set_meta(BACKFILL, &text).await
    }
}

/// Removes the place of the backfill within its phase if it is at this customer, one of their accounts, or a customer of this
/// connected account. The phase then begins anew.
pub(super) async fn forget_place(change: &mut Transaction, subject: &Subject) -> Result<(), StoreError> {
    let lock = engine(change).for_update();
    let stored = format!("SELECT value FROM meta WHERE name = $1{lock}");
    let stored: Option<String> = sqlx::query_scalar(AssertSqlSafe(stored))
        .bind(BACKFILL.to_owned())
        .fetch_optional(&mut *change)
        .await?;
    let stored = stored.filter(|stored| subject.is_in(stored));
    let Some(stored) = stored else { return Ok(()) };
    match serde_json::from_str::<Backfill>(&stored) {
        Ok(mut backfill) => {
            backfill.restart_phase();
            let text =
                serde_json::to_string(&backfill).map_err(|_| StoreError::Unreadable("meta.backfill"))?;
            meta::set(change, BACKFILL, &text).await
        }
        Err(_) => meta::unset(change, BACKFILL).await,
    }
}

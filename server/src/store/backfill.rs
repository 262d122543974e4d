//! Position of the backfill.

use super::{Store, StoreError};
use crate::domain::backfill::Backfill;

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

//! Expiry of requests.

use jiff::Timestamp;

use super::Why;
use crate::domain::audit::Actor;
use crate::domain::relink_request::Step;
use crate::state::AppState;
use crate::store::StoreError;

/// Requests per query, so that no query takes long.
const PIECE: i64 = 200;

impl AppState {
    /// Moves each overdue request to its expired state. Links stop working at their time anyway.
    pub(crate) async fn expire_requests(&self, now: Timestamp) -> Result<(), StoreError> {
        loop {
            let overdue = self.store.overdue_requests(now, PIECE).await?;
            for id in &overdue {
                let why = Why { source: Actor::Server.into(), failure: None, now };
                self.advance_request(id, Step::Expire, why).await?;
            }
            if overdue.is_empty() {
                return Ok(());
            }
        }
    }
}

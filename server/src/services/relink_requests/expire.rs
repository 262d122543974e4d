//! Expiry of requests.

use jiff::Timestamp;

use super::advance;
use crate::domain::audit::Actor;
use crate::domain::relink_request::Step;
use crate::records::relink_requests::Why;
use crate::state::AppState;
use crate::store::StoreError;

/// Requests per query, so that no query takes long.
const PIECE: i64 = 200;

/// Moves each overdue request to its expired state. Links stop working at their time anyway.
pub(crate) async fn expire_overdue(app: &AppState, now: Timestamp) -> Result<(), StoreError> {
    loop {
        let overdue = app.store.overdue_requests(now, PIECE).await?;
        for id in &overdue {
            let why = Why { source: Actor::Server.into(), failure: None, now };
            advance(app, id, Step::Expire, why).await?;
        }
        if overdue.is_empty() {
            return Ok(());
        }
    }
}

//! Requests whose time is over.

use jiff::Timestamp;

use super::Why;
use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::request::Step;
use crate::store::StoreError;

/// At a time, so that nobody waits for it.
const PIECE: i64 = 200;

impl App {
    /// Says of each request whose time is over that it is. Links stop to work at their time, whenever this comes.
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

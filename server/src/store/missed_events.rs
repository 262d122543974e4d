//! Position in Stripe's list of undelivered events.

use super::{Store, StoreError, meta};
use crate::domain::missed_events::MissedEvents;

/// Seconds since 1970, by Stripe's clock.
const CAUGHT_UP_TO: &str = "caught_up_to";
const PASS: &str = "catch_up_pass";

impl Store {
    /// Returns the position. One that can't be read counts as none: all events are then fetched again, which does no
    /// harm.
    pub(crate) async fn catch_up(&self) -> Result<MissedEvents, StoreError> {
        let pass = self.meta(PASS).await?;
        Ok(MissedEvents {
            caught_up_to: self.meta(CAUGHT_UP_TO).await?.and_then(|at| at.parse().ok()),
            pass: pass.and_then(|pass| serde_json::from_str(&pass).ok()),
        })
    }

    /// Saves the position.
    pub(crate) async fn save_catch_up(&self, catch_up: &MissedEvents) -> Result<(), StoreError> {
        let pass = catch_up.pass.as_ref().map(serde_json::to_string).transpose();
        let pass = pass.map_err(|_| StoreError::Unreadable("meta.catch_up_pass"))?;
        let mut change = self.change().await?;
        for (name, value) in [(PASS, pass), (CAUGHT_UP_TO, catch_up.caught_up_to.map(|at| at.to_string()))] {
            match value {
                Some(value) => meta::set(&mut change, name, &value).await?,
                None => meta::unset(&mut change, name).await?,
            }
        }
        Ok(change.commit().await?)
    }
}

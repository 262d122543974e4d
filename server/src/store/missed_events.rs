//! Position in Stripe's list of undelivered events.

use relink_protocol::StripeAccountId;

use super::{Store, StoreError, meta};
use crate::domain::missed_events::MissedEvents;

/// Seconds since 1970, by Stripe's clock.
const CAUGHT_UP_TO: &str = "caught_up_to";
const PASS: &str = "catch_up_pass";

/// Returns the names of the values of an account.
fn names(stripe_account: Option<&StripeAccountId>) -> [String; 2] {
    [PASS, CAUGHT_UP_TO].map(|name| match stripe_account {
        Some(account) => account.qualified(name),
        None => name.to_owned(),
    })
}

impl Store {
    /// Returns the position in the list of a connected account, or of the account that the server works for. One that can't be read counts as none: all events are then fetched again, which does no
    /// harm.
    pub(crate) async fn catch_up(
        &self,
        stripe_account: Option<&StripeAccountId>,
    ) -> Result<MissedEvents, StoreError> {
        let [pass, caught_up_to] = names(stripe_account);
        let pass = self.meta(&pass).await?;
        Ok(MissedEvents {
            caught_up_to: self.meta(&caught_up_to).await?.and_then(|at| at.parse().ok()),
            pass: pass.and_then(|pass| serde_json::from_str(&pass).ok()),
        })
    }

    /// Saves the position.
    pub(crate) async fn save_catch_up(
        &self,
        stripe_account: Option<&StripeAccountId>,
        catch_up: &MissedEvents,
    ) -> Result<(), StoreError> {
        let [pass_name, caught_up_to] = names(stripe_account);
        let pass = catch_up.pass.as_ref().map(serde_json::to_string).transpose();
        let pass = pass.map_err(|_| StoreError::Unreadable("meta.catch_up_pass"))?;
        let mut change = self.change().await?;
        let at = catch_up.caught_up_to.map(|at| at.to_string());
        for (name, value) in [(&pass_name, pass), (&caught_up_to, at)] {
            match value {
                Some(value) => meta::set(&mut change, name, &value).await?,
                None => meta::unset(&mut change, name).await?,
            }
        }
        Ok(change.commit().await?)
    }
}

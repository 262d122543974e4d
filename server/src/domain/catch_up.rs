//! The position of the server in Stripe's list of undelivered events.
//!
//! Stripe lists events newest first. One pass goes from the newest event back to those that an earlier pass has read. Its
//! position is saved after each page, so that a pass of any length survives restarts. Events that are created during a
//! pass are read by the next pass, which goes back to the beginning of this one.

use serde::{Deserialize, Serialize};

/// An event may appear in the list a little later than it says, in seconds.
const OVERLAP: i64 = 10 * 60;

/// Which events were asked for so far. All times are in seconds since 1970, by Stripe's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CatchUp {
    /// Everything that was created before this has been asked for. `None`: nothing has.
    pub(crate) caught_up_to: Option<i64>,
    /// The pass that is under way.
    pub(crate) pass: Option<Pass>,
}

/// A pass that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pass {
    /// When it began.
    began: i64,
    /// When the last event that was read was created.
    oldest: i64,
    /// The identifier of that event; `None` after Stripe has said that it no longer knows it in this list.
    last: Option<String>,
    /// How many events were read.
    pub(crate) events: u64,
}

/// The parameters of the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventQuery {
    /// `created[gte]`.
    pub(crate) since: Option<i64>,
    /// `created[lte]`.
    pub(crate) until: Option<i64>,
    /// `starting_after`.
    pub(crate) after: Option<String>,
}

/// What matters of a page of events for the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventPage {
    /// When Stripe answered; 0 where it did not say.
    pub(crate) as_of: i64,
    /// Identifier and creation of the page's last event.
    pub(crate) last: Option<(String, i64)>,
    /// How many events are on the page.
    pub(crate) events: u64,
    pub(crate) has_more: bool,
}

impl CatchUp {
    /// What to ask for next.
    pub(crate) fn query(&self) -> EventQuery {
        let since = self.caught_up_to.map(|at| at - OVERLAP);
        match &self.pass {
            None => EventQuery { since, ..EventQuery::default() },
            Some(Pass { last: Some(last), .. }) => {
                EventQuery { since, after: Some(last.clone()), until: None }
            }
            Some(Pass { last: None, oldest, .. }) => EventQuery { since, until: Some(*oldest), after: None },
        }
    }

    /// Moves on behind a page whose events are kept. `now` stands for Stripe's time where Stripe did not say it. Gives
    /// whether the pass is over.
    pub(crate) fn advance(&mut self, page: EventPage, now: i64) -> bool {
        let answered = if page.as_of > 0 { page.as_of } else { now };
        if self.pass.is_none() && self.caught_up_to.is_some_and(|at| at - OVERLAP > answered) {
            // A wrong clock once noted a moment in the future, for which no events can be listed: read all of them.
            self.caught_up_to = None;
            return false;
        }
        let mut pass =
            self.pass.take().unwrap_or(Pass { began: answered, oldest: answered, last: None, events: 0 });
        pass.events += page.events;
        let Some((last, created)) = page.last.filter(|_| page.has_more) else {
            self.caught_up_to = Some(pass.began);
            return true;
        };
        (pass.last, pass.oldest) = (Some(last), created);
        self.pass = Some(pass);
        false
    }

    /// Stripe no longer finds the last event in this list, because it was delivered meanwhile or is older than 30 days:
    /// the pass goes on by time. Gives whether there was such an event to lose.
    pub(crate) fn lose_last_event(&mut self) -> bool {
        self.pass.as_mut().and_then(|pass| pass.last.take()).is_some()
    }
}

#[cfg(test)]
mod tests;

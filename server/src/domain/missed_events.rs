//! The position of the server in Stripe's list of undelivered events.
//!
//! Stripe lists events newest first. One pass goes from the newest event back to those that an earlier pass has read. Its
//! position is saved after each page, so that a pass of any length survives restarts. Events that are created during a
//! pass are read by the next pass, which goes back to the beginning of this one.

use serde::{Deserialize, Serialize};

/// Events may appear in the list later than their `created` time says, by up to this many seconds.
const OVERLAP: i64 = 10 * 60;

/// Progress through Stripe's events. All times are in seconds since 1970, by Stripe's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MissedEvents {
    /// All events created before this time have been read; `None` if none have.
    pub(crate) caught_up_to: Option<i64>,
    /// Pass in progress.
    pub(crate) pass: Option<Pass>,
}

/// Pass in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pass {
    /// Time when the pass began.
    began: i64,
    /// Creation time of the last event that was read.
    oldest: i64,
    /// Identifier of that event; `None` after Stripe reported that the list no longer contains it.
    last: Option<String>,
    /// Number of events read so far.
    pub(crate) events: u64,
}

/// Parameters of the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventQuery {
    /// `created[gte]`.
    pub(crate) since: Option<i64>,
    /// `created[lte]`.
    pub(crate) until: Option<i64>,
    /// `starting_after`.
    pub(crate) after: Option<String>,
}

/// Facts about a page of events that the position depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventPage {
    /// Time of Stripe's response; 0 if Stripe did not send it.
    pub(crate) as_of: i64,
    /// Identifier and creation time of the page's last event.
    pub(crate) last: Option<(String, i64)>,
    /// Number of events on the page.
    pub(crate) events: u64,
    pub(crate) has_more: bool,
}

impl MissedEvents {
    /// Returns the parameters of the next page.
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

    /// Moves the position past a page whose events have been stored. `now` replaces Stripe's time if Stripe did not
    /// send it. Returns true if the pass is over.
    pub(crate) fn advance(&mut self, page: EventPage, now: i64) -> bool {
        let answered = if page.as_of > 0 { page.as_of } else { now };
        if self.pass.is_none() && self.caught_up_to.is_some_and(|at| at - OVERLAP > answered) {
            // The stored time is in the future because a clock was wrong; no events would be
            // listed since then, so read all.
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

    /// Continues the pass by creation time, because Stripe no longer finds the last event in this list: it was
    /// delivered meanwhile or is older than 30 days. Returns false if there was no last event.
    pub(crate) fn continue_by_time(&mut self) -> bool {
        self.pass.as_mut().and_then(|pass| pass.last.take()).is_some()
    }
}

#[cfg(test)]
mod tests;

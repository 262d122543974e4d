//! Asks Stripe for events that did not arrive here, so that a lost webhook heals.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::worker::{Done, JobError};
use crate::app::App;

/// Stripe tells events for so long.
const READABLE: SignedDuration = SignedDuration::from_hours(30 * 24);
const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// An event may appear a little later than it says.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
const CAUGHT_UP: &str = "caught_up_to";

/// Enters every event since the last time that Stripe could not deliver. What has arrived meanwhile is known already.
pub(super) async fn catch_up(app: &Arc<App>) -> Result<Done, JobError> {
    let began = crate::clock::now();
    let caught_up = app.store.meta(CAUGHT_UP).await?.and_then(|at| at.parse::<i64>().ok());
    let since =
        caught_up.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or(began - READABLE) - OVERLAP;
    let stripe = app.stripe.in_background();
    let (mut last, mut missed) = (None, 0);
    loop {
        let page = stripe.undelivered_events(since.as_second(), last.as_deref()).await?;
        last = page.data.last().and_then(|event| event["id"].as_str().map(str::to_owned));
        for event in page.data {
            missed += usize::from(app.inbox.caught_up(&event).await?);
        }
        if !page.has_more || last.is_none() {
            break;
        }
    }
    if missed > 0 {
        tracing::warn!(missed, "{missed} events did not arrive by themselves; they were asked for");
    }
    // By Stripe's clock, because events carry its time.
    let caught_up_to = began.as_second() - app.stripe.skew().seconds();
    app.store.set_meta(CAUGHT_UP, &caught_up_to.to_string()).await?;
    Ok(Done::Again(began + EVERY))
}

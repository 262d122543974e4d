//! Fetches events that Stripe could not deliver, so that a lost webhook has no lasting effect.
//!
//! A backlog can have any length and Stripe can be slow, so one run reads pages for a few seconds, saves its position
//! after each of them, and leaves the rest to the next run: see [`MissedEvents`].

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use relink_protocol::StripeAccountId;
use relink_protocol::stripe::List;
use serde_json::Value;
use tokio::time::Instant;

use super::schedule::Schedule;
use super::worker::{JobError, JobResult};
use crate::domain::missed_events::{EventPage, MissedEvents};
use crate::state::AppState;
use crate::store::job_queue::{Job, Urgency};
use crate::stripe::{Dated, StripeError};

/// Early after a failed page.
pub(super) const SCHEDULE: Schedule = Schedule {
    every: SignedDuration::from_mins(15),
    early: SignedDuration::from_secs(5),
    urgency: Urgency::News,
};
/// Time after which a run ends behind its current page, well before the time limit of a job.
const SLICE: Duration = Duration::from_secs(10);

/// Reads pages for one time slice: of the account that the server works for or, if the job has a subject, of that connected
/// account. Its job ends if the server no longer works for it or has no access to it, and begins with its next reading.
pub(super) async fn catch_up(app: &Arc<AppState>, job: &Job) -> Result<JobResult, JobError> {
    if job.subject.is_empty() {
        return run(app, None, SLICE).await;
    }
    let Ok(account) = StripeAccountId::try_from(job.subject.as_str()) else { return Ok(JobResult::Finished) };
    match run(app, Some(&account), SLICE).await {
        Err(JobError::Stripe(StripeError::NotFound(_))) => Ok(JobResult::Finished),
        result => result,
    }
}

/// Reads pages until the pass is over or `slice` has passed.
pub(super) async fn run(
    app: &AppState,
    account: Option<&StripeAccountId>,
    slice: Duration,
) -> Result<JobResult, JobError> {
    let started = Instant::now();
    let mut catch_up = app.store.catch_up(account).await?;
    if account.is_some() && catch_up == MissedEvents::default() {
        // The accounts of this connected account are known from now on: what happened before is no news.
        catch_up.caught_up_to = Some(now_at_stripe(app));
        app.store.save_catch_up(account, &catch_up).await?;
    }
    let mut pages = 0_u32;
    loop {
        match read_page(app, account, &mut catch_up).await {
            Ok(true) => return Ok(SCHEDULE.next(crate::clock::now())),
            Ok(false) if started.elapsed() >= slice => {
                let events = catch_up.pass.map_or(0, |pass| pass.events);
                tracing::info!(events, "{events} undelivered events were read so far, and there are more");
                return Ok(JobResult::Again(crate::clock::now()));
            }
            Ok(false) => pages += 1,
            Err(error) if pages > 0 => {
                // Only a run without progress counts as failed: otherwise the back-off would grow on a flaky
                // connection.
                tracing::warn!(%error, pages, "fetching missed events will continue later: {error}");
                return Ok(SCHEDULE.early(crate::clock::now()));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Stores a page of events, then the position behind it. Returns true if the pass is over.
async fn read_page(
    app: &AppState,
    account: Option<&StripeAccountId>,
    catch_up: &mut MissedEvents,
) -> Result<bool, JobError> {
    let stripe = app.stripe.in_background();
    let read = match stripe.undelivered_events(account.cloned(), &catch_up.query()).await {
        Err(error) if error.is_invalid_cursor() && catch_up.continue_by_time() => {
            app.store.save_catch_up(account, catch_up).await?;
            return Ok(false);
        }
        read => read?,
    };
    let missed = app.inbox.caught_up(&read.value.data, account).await?;
    if missed > 0 {
        tracing::warn!(missed, "{missed} events were not delivered and have been fetched");
    }
    let is_over = catch_up.advance(page(&read), now_at_stripe(app));
    app.store.save_catch_up(account, catch_up).await?;
    Ok(is_over)
}

/// Returns the time by Stripe's clock, in seconds since 1970.
fn now_at_stripe(app: &AppState) -> i64 {
    let now = crate::clock::now();
    now.as_second() - app.stripe.skew().seconds(now)
}

fn page(read: &Dated<List<Value>>) -> EventPage {
    let last = read.value.data.last().and_then(|event| {
        let id = event.get("id")?.as_str()?;
        Some((id.to_owned(), event.get("created")?.as_i64()?))
    });
    EventPage {
        as_of: read.as_of,
        last,
        events: u64::try_from(read.value.data.len()).unwrap_or(u64::MAX),
        has_more: read.value.has_more,
    }
}

//! Progress of reading accounts and events in the background, for `GET /api/status` and the console.

use jiff::{SignedDuration, Timestamp};
use relink_protocol::StripeAccountId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::backfill::{Backfill, Phase};
use crate::domain::recheck::{self, Class};
use crate::state::AppState;
use crate::store::StoreError;

/// Progress of all background reading. Times are in seconds since 1970, durations in seconds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    pub(crate) backfill: BackfillProgress,
    pub(crate) recheck: RecheckProgress,
    pub(crate) catch_up: CatchUpProgress,
}

/// Progress of the backfill, which reads all accounts that Stripe has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BackfillProgress {
    pub(crate) state: State,
    /// Objects that are listed: all accounts, or, where Stripe requires a holder, customers or connected accounts; or the
    /// connected accounts that the server works for.
    pub(crate) lists: Option<Phase>,
    /// Number of accounts read in this pass.
    pub(crate) accounts: u64,
    /// Number of customers and connected accounts whose accounts were listed in this pass.
    pub(crate) holders: u64,
    /// Connected account whose accounts are being read; `null` for the account of the keys.
    pub(crate) stripe_account: Option<StripeAccountId>,
    pub(crate) started_at: Option<i64>,
    pub(crate) finished_at: Option<i64>,
}

/// State of the current or last pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BackfillState)]
pub(crate) enum State {
    NotStarted,
    Running,
    Finished,
}

/// Progress of re-reading accounts that no event was about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RecheckProgress {
    /// `RELINK_RECHECK_EVERY`.
    pub(crate) every: i64,
    pub(crate) calls_per_second: f64,
    /// Time of the oldest reading among all accounts.
    pub(crate) oldest_reading_at: Option<i64>,
    pub(crate) oldest_reading_age: Option<i64>,
    /// Time in which every account is read once, at this rate.
    pub(crate) expected_round: i64,
    /// True if accounts are read by pages of 100 (then the last such pass gives the time, if there was one), false if
    /// by a call for each customer.
    pub(crate) in_pages: bool,
}

/// Progress of fetching events that were not delivered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CatchUpProgress {
    /// Time before which every event was delivered or fetched.
    pub(crate) caught_up_to: Option<i64>,
    /// Number of events read in the current pass, if there is one.
    pub(crate) reading: Option<u64>,
}

/// Returns the current progress.
pub(crate) async fn progress(app: &AppState, now: Timestamp) -> Result<Progress, StoreError> {
    let backfill = app.store.backfill().await?;
    let oldest = app.store.oldest_reading().await?;
    let counts = app.store.class_counts().await?;
    let catch_up = app.store.catch_up(None).await?;
    let (every, rate) = (app.config.recheck_every, app.config.stripe_rate);
    let in_pages = backfill.as_ref().is_some_and(Backfill::is_in_pages);
    let expected_round = if in_pages {
        let last = backfill.as_ref().and_then(Backfill::last_full_pass);
        last.unwrap_or_else(|| recheck::pages_round(counts.iter().sum(), rate))
    } else {
        slowest(counts, every, rate)
    };
    Ok(Progress {
        recheck: RecheckProgress {
            every: every.as_secs(),
            calls_per_second: recheck::calls_a_second(rate),
            oldest_reading_at: oldest.map(Timestamp::as_second),
            oldest_reading_age: oldest.map(|at| now.duration_since(at).as_secs()),
            expected_round: expected_round.as_secs(),
            in_pages,
        },
        catch_up: CatchUpProgress {
            caught_up_to: catch_up.caught_up_to,
            reading: catch_up.pass.map(|pass| pass.events),
        },
        backfill: of(backfill.as_ref()),
    })
}

/// Returns the interval of the slowest class that has accounts.
fn slowest(counts: [u64; 3], every: SignedDuration, rate: u32) -> SignedDuration {
    let intervals = recheck::round(counts, every, rate).into_iter().zip(counts);
    let there_are = intervals.filter(|(_, count)| *count > 0).map(|(interval, _)| interval);
    there_are.max().unwrap_or_else(|| Class::InUse.interval(every))
}

fn of(backfill: Option<&Backfill>) -> BackfillProgress {
    let state = match backfill {
        None => State::NotStarted,
        Some(backfill) if backfill.is_over() => State::Finished,
        Some(_) => State::Running,
    };
    BackfillProgress {
        state,
        lists: backfill.map(|backfill| backfill.phase),
        accounts: backfill.map_or(0, |backfill| backfill.accounts),
        holders: backfill.map_or(0, |backfill| backfill.holders),
        stripe_account: backfill
            .filter(|backfill| !backfill.is_over())
            .and_then(|backfill| backfill.stripe_account.clone()),
        started_at: backfill.map(|backfill| backfill.started_at),
        finished_at: backfill.and_then(|backfill| backfill.finished_at),
    }
}

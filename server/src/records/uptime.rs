//! Uptime record: since when the store has been kept up to date without a gap. Data read before that may be stale,
//! because events may have been missed.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::Mode;
use crate::store::{Store, StoreError};

/// State of the uptime record. The times move if the clock turns out to have been ahead.
#[derive(Debug)]
pub(crate) struct Uptime {
    /// Time when this store began, in milliseconds since 1970.
    began_at: AtomicI64,
    /// Time since which at least one server has been running without a gap, in milliseconds since 1970.
    without_gap_since: AtomicI64,
}

impl Uptime {
    pub(crate) fn new(began_at: Timestamp, without_gap_since: Timestamp) -> Self {
        Self {
            began_at: began_at.as_millisecond().into(),
            without_gap_since: without_gap_since.as_millisecond().into(),
        }
    }

    /// Time when this store began.
    pub(crate) fn began_at(&self) -> Timestamp {
        moment(&self.began_at)
    }

    /// Time since which at least one server has been running without a gap.
    pub(crate) fn without_gap_since(&self) -> Timestamp {
        moment(&self.without_gap_since)
    }

    /// Corrects the times after the clock was set back: a time that is now in the future moves back by `by`. This makes
    /// no gap, because this server kept running.
    pub(crate) async fn set_back(
        &self,
        store: &Store,
        by: SignedDuration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for (stored, name) in [(&self.began_at, BEGAN_AT), (&self.without_gap_since, WITHOUT_GAP_SINCE)] {
            let at = moment(stored);
            if at > now {
                let at = at.saturating_sub(by).unwrap_or(now).min(now);
                stored.store(at.as_millisecond(), Ordering::Relaxed);
                store.set_meta(name, &text(at)).await?;
            }
        }
        Ok(())
    }
}

fn moment(stored: &AtomicI64) -> Timestamp {
    Timestamp::from_millisecond(stored.load(Ordering::Relaxed)).unwrap_or_default()
}

/// Interval at which a server records that it is running.
pub(crate) const HEARTBEAT: std::time::Duration = std::time::Duration::from_secs(10);
/// Shorter gaps lose nothing: Stripe soon resends an event that was not accepted.
const SHORTEST_GAP: SignedDuration = SignedDuration::from_secs(60);

/// Tolerated difference between clocks.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(15);

const BEGAN_AT: &str = "began_at";
const LAST_SEEN: &str = "last_seen";
const WITHOUT_GAP_SINCE: &str = "without_gap_since";
const MODE: &str = "mode";

/// Error of opening the record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UptimeError {
    /// The database belongs to another mode: live and test data never mix.
    #[error(
        "the database at DATABASE_URL was filled in {0} mode and the Stripe keys are for {1} mode; use a database for \
         each"
    )]
    OtherMode(String, &'static str),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the record, and starts a new period if there was a gap.
pub(crate) async fn begin(store: &Store, mode: Mode, now: Timestamp) -> Result<Uptime, UptimeError> {
    let mode = in_words(mode);
    let stands = store.meta_once(MODE, mode).await?;
    if stands != mode {
        return Err(UptimeError::OtherMode(stands, mode));
    }
    let mut began_at = time(&store.meta_once(BEGAN_AT, &text(now)).await?)?;
    if !is_past(began_at, now) {
        store.set_meta(BEGAN_AT, &text(now)).await?;
        began_at = now;
    }
    let last_seen = store.meta(LAST_SEEN).await?.map(|seen| time(&seen)).transpose()?;
    let without_gap_since = store.meta(WITHOUT_GAP_SINCE).await?.map(|since| time(&since)).transpose()?;
    let without_gap_since = match (last_seen, without_gap_since) {
        (Some(seen), Some(since))
            if is_past(seen, now) && is_past(since, now) && now.duration_since(seen) < SHORTEST_GAP =>
        {
            since.min(now)
        }
        _ => {
            store.set_meta(WITHOUT_GAP_SINCE, &text(now)).await?;
            now
        }
    };
    beat(store, now).await?;
    Ok(Uptime::new(began_at, without_gap_since))
}

/// True if `at` is in the past, allowing for clocks that differ by [`CLOCK_TOLERANCE`]. A time in the future was written
/// while the clock was wrong, so it is ignored.
fn is_past(at: Timestamp, now: Timestamp) -> bool {
    at.duration_since(now) < CLOCK_TOLERANCE
}

/// True if this database belongs to live mode, in which real money moves.
pub(crate) async fn is_live(store: &Store) -> Result<bool, StoreError> {
    Ok(store.meta(MODE).await?.is_some_and(|mode| mode == in_words(Mode::Live)))
}

/// Records that this server is running.
pub(crate) async fn beat(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    store.set_meta(LAST_SEEN, &text(now)).await
}

fn in_words(mode: Mode) -> &'static str {
    match mode {
        Mode::Sandbox => "sandbox",
        Mode::Test => "test",
        Mode::Live => "live",
    }
}

fn text(at: Timestamp) -> String {
    at.as_millisecond().to_string()
}

fn time(text: &str) -> Result<Timestamp, StoreError> {
    let at = text.parse().ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.ok_or(StoreError::Unreadable("meta"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test]
    async fn a_short_pause_is_no_gap_and_a_long_one_is() {
        for test in both().await {
            let store = &test.store;
            let first = begin(store, Mode::Test, at(1000)).await.unwrap();
            assert_eq!((first.began_at(), first.without_gap_since()), (at(1000), at(1000)));
            beat(store, at(2000)).await.unwrap();
            let soon = begin(store, Mode::Test, at(2059)).await.unwrap();
            assert_eq!(soon.without_gap_since(), at(1000));
            let late = begin(store, Mode::Test, at(2059 + 60)).await.unwrap();
            assert_eq!((late.began_at(), late.without_gap_since()), (at(1000), at(2119)));
        }
    }

    #[tokio::test]
    async fn moments_that_lie_ahead_are_not_believed_at_a_start() {
        for test in both().await {
            let store = &test.store;
            begin(store, Mode::Test, at(1_000_000)).await.unwrap();
            let corrected = begin(store, Mode::Test, at(2000)).await.unwrap();
            assert_eq!((corrected.began_at(), corrected.without_gap_since()), (at(2000), at(2000)));
            let later = begin(store, Mode::Test, at(2030)).await.unwrap();
            assert_eq!((later.began_at(), later.without_gap_since()), (at(2000), at(2000)));
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_makes_no_gap_and_leaves_nothing_ahead() {
        for test in both().await {
            let store = &test.store;
            let watch = begin(store, Mode::Test, at(10_000)).await.unwrap();
            watch.set_back(store, SignedDuration::from_secs(3600), at(6500)).await.unwrap();
            assert_eq!((watch.began_at(), watch.without_gap_since()), (at(6400), at(6400)));
            // The clock was ahead only after this server had started.
            watch.set_back(store, SignedDuration::from_secs(3600), at(6600)).await.unwrap();
            assert_eq!((watch.began_at(), watch.without_gap_since()), (at(6400), at(6400)));
            beat(store, at(6600)).await.unwrap();
            let again = begin(store, Mode::Test, at(6610)).await.unwrap();
            assert_eq!((again.began_at(), again.without_gap_since()), (at(6400), at(6400)));
        }
    }

    #[tokio::test]
    async fn live_and_test_data_never_mix() {
        for test in both().await {
            begin(&test.store, Mode::Test, at(1000)).await.unwrap();
            let error = begin(&test.store, Mode::Live, at(1001)).await.unwrap_err();
            assert!(error.to_string().contains("filled in test mode"), "{error}");
        }
    }
}

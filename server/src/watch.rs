//! Since when the store has been kept up to date without a gap. What was read before that may be old, because events may
//! have been missed.

use jiff::{SignedDuration, Timestamp};

use crate::domain::settings::Mode;
use crate::store::{Store, StoreError};

/// How the store stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    /// When this store began.
    pub(crate) began_at: Timestamp,
    /// Since when some server has been there all the time.
    pub(crate) without_gap_since: Timestamp,
}

/// Some server says so often that it is there.
pub(crate) const HEARTBEAT: std::time::Duration = std::time::Duration::from_secs(10);
/// A gap that is shorter loses nothing: Stripe sends again what was not taken, and at once.
const SHORTEST_GAP: SignedDuration = SignedDuration::from_secs(60);

const BEGAN_AT: &str = "began_at";
const LAST_SEEN: &str = "last_seen";
const WITHOUT_GAP_SINCE: &str = "without_gap_since";
const MODE: &str = "mode";

/// The database belongs to another mode: live and test data never mix.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// As it says.
    #[error(
        "the database at DATABASE_URL was filled in {0} mode and the Stripe keys are for {1} mode; use a database for \
         each"
    )]
    OtherMode(String, &'static str),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins to watch, or goes on after a pause.
pub(crate) async fn begin(store: &Store, mode: Mode, now: Timestamp) -> Result<Watch, StartError> {
    let mode = in_words(mode);
    let stands = store.meta_once(MODE, mode).await?;
    if stands != mode {
        return Err(StartError::OtherMode(stands, mode));
    }
    let began_at = time(&store.meta_once(BEGAN_AT, &text(now)).await?)?;
    let last_seen = store.meta(LAST_SEEN).await?.map(|seen| time(&seen)).transpose()?;
    let without_gap_since = store.meta(WITHOUT_GAP_SINCE).await?.map(|since| time(&since)).transpose()?;
    let without_gap_since = match (last_seen, without_gap_since) {
        (Some(seen), Some(since)) if now.duration_since(seen) < SHORTEST_GAP => since,
        _ => {
            store.set_meta(WITHOUT_GAP_SINCE, &text(now)).await?;
            now
        }
    };
    beat(store, now).await?;
    Ok(Watch { began_at, without_gap_since })
}

/// Whether this database is for money that moves.
pub(crate) async fn is_live(store: &Store) -> Result<bool, StoreError> {
    Ok(store.meta(MODE).await?.is_some_and(|mode| mode == in_words(Mode::Live)))
}

/// This server is there.
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
            assert_eq!((first.began_at, first.without_gap_since), (at(1000), at(1000)));
            beat(store, at(2000)).await.unwrap();
            let soon = begin(store, Mode::Test, at(2059)).await.unwrap();
            assert_eq!(soon.without_gap_since, at(1000));
            let late = begin(store, Mode::Test, at(2059 + 60)).await.unwrap();
            assert_eq!((late.began_at, late.without_gap_since), (at(1000), at(2119)));
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

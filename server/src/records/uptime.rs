//! Uptime record: since when the store has been kept up to date without a gap. Data read before that may be stale,
//! because events may have been missed.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::{Config, Mode};
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
const ACCOUNT: &str = "stripe_account";
/// Stands for the account of the keys, whose identifier the settings do not have.
const OWN_ACCOUNT: &str = "the account of the keys";

/// Error of opening the record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UptimeError {
    /// The database belongs to another mode: live and test data never mix.
    #[error(
        "the database at DATABASE_URL was filled in {0} mode and the Stripe keys are for {1} mode; use a database for \
         each"
    )]
    OtherMode(String, &'static str),
    /// The database belongs to another Stripe account: their customers never mix.
    #[error(
        "the database at DATABASE_URL is of {0}, and RELINK_STRIPE_ACCOUNT makes this server work for {1}; use a database \
         for each"
    )]
    OtherAccount(String, String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Mode and Stripe account whose data a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    mode: &'static str,
    account: String,
}

impl Owner {
    /// Returns the owner of the database of a server with these settings.
    pub(crate) fn of(config: &Config) -> Self {
        let account = config.stripe_accounts.header().map_or(OWN_ACCOUNT, |account| account.as_str());
        Self { mode: in_words(config.keys.mode), account: account.to_owned() }
    }
}

/// Opens the record, and starts a new period if there was a gap.
pub(crate) async fn begin(store: &Store, owner: &Owner, now: Timestamp) -> Result<Uptime, UptimeError> {
    // Versions that stored the mode alone worked for the account of the keys. The mode is stored last, so that a server
    // that starts at the same time takes no new database for an old one.
    let is_in_use = store.meta(MODE).await?.is_some();
    let first = if is_in_use { OWN_ACCOUNT } else { owner.account.as_str() };
    let account = store.meta_once(ACCOUNT, first).await?;
    let mode = store.meta_once(MODE, owner.mode).await?;
    if mode != owner.mode {
        return Err(UptimeError::OtherMode(mode, owner.mode));
    }
    if account != owner.account {
        return Err(UptimeError::OtherAccount(account, owner.account.clone()));
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

/// Records that this server is running, and with which key it encrypts.
pub(crate) async fn beat(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    store.renew_data_key(now).await?;
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

    fn owner(mode: Mode) -> Owner {
        Owner { mode: in_words(mode), account: OWN_ACCOUNT.to_owned() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test]
    async fn a_short_pause_is_no_gap_and_a_long_one_is() {
        for test in both().await {
            let store = &test.store;
            let first = begin(store, &owner(Mode::Test), at(1000)).await.unwrap();
            assert_eq!((first.began_at(), first.without_gap_since()), (at(1000), at(1000)));
            beat(store, at(2000)).await.unwrap();
            let soon = begin(store, &owner(Mode::Test), at(2059)).await.unwrap();
            assert_eq!(soon.without_gap_since(), at(1000));
            let late = begin(store, &owner(Mode::Test), at(2059 + 60)).await.unwrap();
            assert_eq!((late.began_at(), late.without_gap_since()), (at(1000), at(2119)));
        }
    }

    #[tokio::test]
    async fn moments_that_lie_ahead_are_not_believed_at_a_start() {
        for test in both().await {
            let store = &test.store;
            begin(store, &owner(Mode::Test), at(1_000_000)).await.unwrap();
            let corrected = begin(store, &owner(Mode::Test), at(2000)).await.unwrap();
            assert_eq!((corrected.began_at(), corrected.without_gap_since()), (at(2000), at(2000)));
            let later = begin(store, &owner(Mode::Test), at(2030)).await.unwrap();
            assert_eq!((later.began_at(), later.without_gap_since()), (at(2000), at(2000)));
        }
    }

    #[tokio::test]
    async fn a_clock_that_is_set_back_makes_no_gap_and_leaves_nothing_ahead() {
        for test in both().await {
            let store = &test.store;
            let watch = begin(store, &owner(Mode::Test), at(10_000)).await.unwrap();
            watch.set_back(store, SignedDuration::from_secs(3600), at(6500)).await.unwrap();
            assert_eq!((watch.began_at(), watch.without_gap_since()), (at(6400), at(6400)));
            // The clock was ahead only after this server had started.
            watch.set_back(store, SignedDuration::from_secs(3600), at(6600)).await.unwrap();
            assert_eq!((watch.began_at(), watch.without_gap_since()), (at(6400), at(6400)));
            beat(store, at(6600)).await.unwrap();
            let again = begin(store, &owner(Mode::Test), at(6610)).await.unwrap();
            assert_eq!((again.began_at(), again.without_gap_since()), (at(6400), at(6400)));
        }
    }

    #[tokio::test]
    async fn live_and_test_data_never_mix() {
        for test in both().await {
            begin(&test.store, &owner(Mode::Test), at(1000)).await.unwrap();
            let error = begin(&test.store, &owner(Mode::Live), at(1001)).await.unwrap_err();
            assert!(error.to_string().contains("filled in test mode"), "{error}");
        }
    }

    #[tokio::test]
    async fn customers_of_two_stripe_accounts_never_mix() {
        for test in both().await {
            let ada = Owner { account: "acct_Ada".to_owned(), ..owner(Mode::Test) };
            let eve = Owner { account: "acct_Eve".to_owned(), ..owner(Mode::Test) };
            begin(&test.store, &ada, at(1000)).await.unwrap();
            begin(&test.store, &ada, at(1001)).await.unwrap();
            for other in [eve, owner(Mode::Test)] {
                let error = begin(&test.store, &other, at(1002)).await.unwrap_err();
                assert!(error.to_string().contains("is of acct_Ada"), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn a_database_of_a_version_without_connected_accounts_is_of_the_account_of_the_keys() {
        for test in both().await {
            test.store.set_meta(MODE, "test").await.unwrap();
            let ada = Owner { account: "acct_Ada".to_owned(), ..owner(Mode::Test) };
            let error = begin(&test.store, &ada, at(1000)).await.unwrap_err();
            assert!(error.to_string().contains("is of the account of the keys"), "{error}");
            begin(&test.store, &owner(Mode::Test), at(1001)).await.unwrap();
        }
    }
}

//! The only place that reads the time and draws chance; everything else is handed them.
//!
//! Servers that share a PostgreSQL go by its clock, so that a moment that one of them stores means the same to all others.
//! A server with a SQLite file goes by its machine's clock. Both are read every few seconds; in between time passes by the
//! monotonic clock, which nobody can set.

mod anchor;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use self::anchor::Anchor;

/// The clock as it was last read; `None` before that, for commands that need no other.
static LAST_READ: Mutex<Option<Anchor>> = Mutex::new(None);

/// What time it is for all servers that share the database.
pub(crate) fn now() -> Timestamp {
    match *LAST_READ.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(anchor) => anchor.now(passed()),
        None => machine(),
    }
}

/// Takes the time from the database's clock or, where that is `None`, from this machine's. Gives how far the clock jumped:
/// it is negative where it was set back.
pub(crate) fn synchronize(database: Option<Timestamp>) -> SignedDuration {
    let mut last = LAST_READ.lock().unwrap_or_else(PoisonError::into_inner);
    let anchor = Anchor::new(database, machine(), passed());
    last.replace(anchor).map_or(SignedDuration::ZERO, |before| anchor.jump_since(before))
}

/// How far this machine's clock was ahead of the database's when that was last read; `None` where time is this machine's.
pub(crate) fn ahead_of_database() -> Option<SignedDuration> {
    LAST_READ.lock().unwrap_or_else(PoisonError::into_inner).and_then(Anchor::machine_ahead)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn passed() -> Instant {
    Instant::now()
}

/// A name that nothing else has, in the order of time.
pub(crate) fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

/// Bits that nobody can guess.
pub(crate) fn secret() -> [u8; 32] {
    rand::random()
}

/// A number that nobody can guess.
pub(crate) fn number() -> u32 {
    rand::random()
}

/// Between one half and one: spreads those who try again at the same moment.
pub(crate) fn jitter() -> f64 {
    rand::random_range(0.5..=1.0)
}

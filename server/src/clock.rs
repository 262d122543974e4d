//! The only module that reads the clock and generates random values; all other code receives them as arguments.
//!
//! Servers that share a PostgreSQL database use its clock, so that a stored timestamp means the same to all of them. A
//! server with a SQLite file uses the machine's clock. Either clock is read every few seconds; between readings, time
//! advances by the monotonic clock, which can't be set.

mod anchor;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use self::anchor::Anchor;

/// Last reading of the clock; `None` before the first one, for commands that work without a database.
static LAST_READ: Mutex<Option<Anchor>> = Mutex::new(None);

/// Returns the current time, which is the same for all servers that share the database.
pub(crate) fn now() -> Timestamp {
    match *LAST_READ.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(anchor) => anchor.now(passed()),
        None => machine(),
    }
}

/// Reads the time from the database's clock or, if that is `None`, from this machine's. Returns how far the clock
/// jumped since the last reading; negative if it was set back.
pub(crate) fn synchronize(database: Option<Timestamp>) -> SignedDuration {
    let mut last = LAST_READ.lock().unwrap_or_else(PoisonError::into_inner);
    let anchor = Anchor::new(database, machine(), passed());
    last.replace(anchor).map_or(SignedDuration::ZERO, |before| anchor.jump_since(before))
}

/// Returns how far this machine's clock was ahead of the database's at the last reading;
/// `None` if this machine's is used.
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

/// Returns a unique identifier (UUID version 7); identifiers sort by creation time.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Returns 32 random bytes from a cryptographically secure generator.
pub(crate) fn secret() -> [u8; 32] {
    rand::random()
}

/// Returns the random bits of one encryption, from a cryptographically secure generator.
pub(crate) fn nonce() -> [u8; 12] {
    rand::random()
}

/// Returns a random number from a cryptographically secure generator.
pub(crate) fn number() -> u32 {
    rand::random()
}

/// Returns a random factor between one half and one that spreads retries of the same moment.
pub(crate) fn jitter() -> f64 {
    rand::random_range(0.5..=1.0)
}

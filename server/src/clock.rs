//! The only place that reads the time and draws chance; everything else is handed them.

use jiff::Timestamp;
use uuid::Uuid;

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
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

//! Exponential back-off of retries, and the maximum number of tries.

use jiff::SignedDuration;

/// Back-off by number of failures; the last one repeats.
const WAITS: [SignedDuration; 6] = [
    SignedDuration::from_secs(2),
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(4),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(30),
];

/// Half a day in all. A job that failed for good is listed as such, and runs again with the next event or recheck.
const MAX_TRIES: u32 = 28;

/// Returns the back-off after the given number of earlier failures. `jitter` is between one half and one.
pub(crate) fn wait(failures: u32, jitter: f64) -> SignedDuration {
    let place = usize::try_from(failures).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let wait = WAITS.get(place).copied().unwrap_or_default();
    SignedDuration::try_from_secs_f64(wait.as_secs_f64() * jitter).unwrap_or(wait)
}

/// True if this failure, after so many earlier ones, is the last.
pub(crate) fn is_over(failures: u32) -> bool {
    failures + 1 >= MAX_TRIES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_after_half_a_day() {
        assert_eq!(wait(0, 1.0), SignedDuration::from_secs(2));
        assert_eq!(wait(0, 0.5), SignedDuration::from_secs(1));
        assert_eq!(wait(99, 1.0), SignedDuration::from_mins(30));
        let all: SignedDuration =
            (0..99).filter(|failures| !is_over(*failures)).map(|failures| wait(failures, 1.0)).sum();
        assert!(all > SignedDuration::from_hours(11) && all < SignedDuration::from_hours(13), "{all:?}");
        assert!(!is_over(MAX_TRIES - 2) && is_over(MAX_TRIES - 1), "the first try counts");
    }
}

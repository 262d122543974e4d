//! Back-off of webhooks that the merchant did not accept, and the maximum number of tries.

use jiff::SignedDuration;

/// Back-off by number of failures; the last one repeats.
const WAITS: [SignedDuration; 10] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(8),
    SignedDuration::from_hours(12),
];

/// Three days in all. Tries are counted rather than time, so that a server's downtime does not use them up.
const MAX_TRIES: u32 = 15;

/// Returns the time until the next try after this many failures; `None` after the last one. `jitter` is between one
/// half and one, and changes the time by a tenth at most.
pub(crate) fn wait(failures: u32, jitter: f64) -> Option<SignedDuration> {
    if failures >= MAX_TRIES {
        return None;
    }
    let place = usize::try_from(failures).unwrap_or(usize::MAX).saturating_sub(1);
    let wait = WAITS.get(place).or(WAITS.last()).copied().unwrap_or_default();
    let factor = 0.7 + 0.4 * jitter;
    Some(SignedDuration::try_from_secs_f64(wait.as_secs_f64() * factor).unwrap_or(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_ever_later_and_end_after_three_days() {
        let all: Vec<SignedDuration> = (1..100).map_while(|failures| wait(failures, 0.75)).collect();
        assert_eq!(all[..3], [5, 30, 120].map(SignedDuration::from_secs));
        assert!(all.is_sorted());
        assert_eq!(all.len(), 14);
        for (jitter, hours) in [(0.5, 68..72), (0.75, 75..77), (1.0, 82..85)] {
            let sum: SignedDuration = (1..100).map_while(|failures| wait(failures, jitter)).sum();
            assert!(hours.contains(&sum.as_hours()), "{sum:?}");
        }
    }
}

//! Stored times that are farther in the future than possible were written by a wrong clock. They are corrected, so that
//! no wait, lease or sign-in lasts as long as the clock was wrong.

use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

use super::{Store, StoreError};

/// Correction of times that are too far after now, which is `$1`.
struct Rule {
    /// Statement that ends before the limit.
    statement: &'static str,
    /// Largest possible distance from now, with some tolerance for clocks that differ a little.
    farthest: SignedDuration,
}

const fn rule(statement: &'static str, farthest: SignedDuration) -> Rule {
    Rule { statement, farthest }
}

/// Limit for times that are written as "now".
const NOW: SignedDuration = SignedDuration::from_mins(1);
/// Limit for leases, which last 40 or 60 seconds.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Corrections. Times that only record when something happened are left alone, because history must not be invented.
const RULES: [Rule; 23] = [
    // Reminders wait for up to 30 days. A backfill follows the previous one within three quarters of the interval of rechecks,
    // which is at most 30 days.
    rule("UPDATE work SET due = $1 WHERE kind IN ('remind', 'backfill') AND due >", DAY.saturating_mul(31)),
    // Quiet hours end within a day, which has 25 hours where daylight saving ends.
    rule("UPDATE work SET due = $1 WHERE kind = 'mail' AND due >", HOUR.saturating_mul(26)),
    // The longest period of the others is six hours; a failed job is retried within half an hour.
    rule(
        "UPDATE work SET due = $1 WHERE kind NOT IN ('remind', 'backfill', 'mail') AND due >",
        HOUR.saturating_mul(7),
    ),
    rule("UPDATE work SET leased_by = NULL, lease_until = 0 WHERE lease_until >", LEASE),
    // The longest wait between two tries is twelve hours plus 10 %.
    rule(
        "UPDATE deliveries SET due = $1 WHERE delivered_at IS NULL AND failed_at IS NULL AND due >",
        HOUR.saturating_mul(14),
    ),
    rule(
        "UPDATE deliveries SET leased_by = NULL, lease_until = 0 \
         WHERE delivered_at IS NULL AND failed_at IS NULL AND lease_until >",
        LEASE,
    ),
    rule("UPDATE payments SET held_by = NULL, held_until = 0 WHERE held_until >", LEASE),
    // The age of these readings is unknown, so they are renewed.
    rule("UPDATE customers SET listed_at = 0 WHERE listed_at >", NOW),
    rule(
        "UPDATE accounts SET read_at = 0, changed_at = CASE WHEN changed_at > $1 THEN $1 ELSE changed_at END \
         WHERE read_at >",
        NOW,
    ),
    rule("DELETE FROM authorizations WHERE read_at >", NOW),
    rule("UPDATE institutions SET read_at = 0 WHERE read_at >", NOW),
    rule("UPDATE customer_names SET read_at = 0 WHERE read_at >", NOW),
    // A link is valid for at most 30 days, and a browser that opened it for an hour.
    rule(
        "UPDATE requests SET expires_at = $1 + 2592000000 WHERE ended_at IS NULL AND expires_at >",
        DAY.saturating_mul(31),
    ),
    rule("DELETE FROM visits WHERE until >", HOUR.saturating_mul(2)),
    // One email in 48 hours: the cooldown is restarted, not dropped.
    rule("UPDATE mail_turns SET next_at = $1 + 172800000 WHERE next_at >", HOUR.saturating_mul(49)),
    rule("UPDATE attempts SET started_at = $1 WHERE started_at >", NOW),
    // Operators can request another code and sign in again.
    rule("DELETE FROM sign_in_codes WHERE expires_at >", HOUR),
    rule("DELETE FROM code_limits WHERE asked_at >", NOW),
    rule("DELETE FROM known_browsers WHERE expires_at >", DAY.saturating_mul(181)),
    rule("UPDATE keys SET last_used_at = $1 WHERE last_used_at >", NOW),
    rule("UPDATE data_keys SET used_at = $1 WHERE used_at >", NOW),
    rule("DELETE FROM operator_sessions WHERE begun_at >", NOW),
    rule("UPDATE operator_sessions SET seen_at = $1 WHERE seen_at >", NOW),
];

impl Store {
    /// Corrects times that are farther ahead than possible. Returns the number of rows.
    pub(crate) async fn correct_times(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut corrected = 0;
        for Rule { statement, farthest } in RULES {
            let statement = format!("{statement} $1 + {}", farthest.as_millis());
            let rows = sqlx::query(AssertSqlSafe(statement)).bind(now.as_millisecond());
            corrected += rows.execute(&self.writer).await?.rows_affected();
        }
        Ok(corrected)
    }
}

#[cfg(test)]
mod tests;

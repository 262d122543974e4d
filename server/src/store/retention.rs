//! Retention: deletes old rows in pieces, so that no statement takes long.

use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;

use super::{Store, StoreError};

/// Retention of one kind of row.
struct Rule {
    /// Statement for at most `$2` rows from before `$1`.
    statement: &'static str,
    kept_for: SignedDuration,
}

/// Retention rules. The audit trail has none, because merchants must be able to show it years later. Operators'
/// sessions are ended separately, with an audit entry: see [`Store::end_old_sessions`].
const RULES: [Rule; 16] = [
    // Stripe can deliver an event again for 30 days.
    Rule {
        statement: "UPDATE events SET payload = NULL WHERE id IN \
                    (SELECT id FROM events WHERE received_at < $1 AND payload IS NOT NULL LIMIT $2)",
        kept_for: SignedDuration::from_hours(30 * 24),
    },
    // Identifiers are kept longer, to recognize late duplicates.
    Rule {
        statement: "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE received_at < $1 LIMIT $2)",
        kept_for: SignedDuration::from_hours(60 * 24),
    },
    Rule {
        statement: "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE created_at < $1 \
                    AND (delivered_at IS NOT NULL OR failed_at IS NOT NULL) LIMIT $2)",
        kept_for: SignedDuration::from_hours(30 * 24),
    },
    Rule {
        statement: "DELETE FROM attempts WHERE session IN \
                    (SELECT session FROM attempts WHERE started_at < $1 LIMIT $2)",
        kept_for: SignedDuration::from_hours(90 * 24),
    },
    Rule {
        statement: "DELETE FROM requests WHERE id IN \
                    (SELECT id FROM requests WHERE created_at < $1 AND ended_at IS NOT NULL LIMIT $2)",
        kept_for: SignedDuration::from_hours(400 * 24),
    },
    // Emails of deleted requests.
    Rule {
        statement: "DELETE FROM mails WHERE request IN (SELECT request FROM mails WHERE NOT EXISTS \
                    (SELECT 1 FROM requests WHERE requests.id = mails.request) AND $1 > 0 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
    Rule {
        statement: "DELETE FROM visits WHERE hash IN (SELECT hash FROM visits WHERE until < $1 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
    // As long as Stripe keeps its own idempotency keys.
    Rule {
        statement: "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE created_at < $1 LIMIT $2)",
        kept_for: SignedDuration::from_hours(24),
    },
    Rule {
        statement: "DELETE FROM mail_turns WHERE account IN (SELECT account FROM mail_turns WHERE next_at < $1 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
    Rule {
        statement: "DELETE FROM sign_in_codes WHERE browser IN \
                    (SELECT browser FROM sign_in_codes WHERE expires_at < $1 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
    Rule {
        statement: "DELETE FROM code_limits WHERE operator IN \
                    (SELECT operator FROM code_limits WHERE asked_at < $1 LIMIT $2) AND asked_at < $1",
        kept_for: SignedDuration::from_hours(24),
    },
    Rule {
        statement: "DELETE FROM known_browsers WHERE hash IN \
                    (SELECT hash FROM known_browsers WHERE expires_at < $1 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
    Rule {
        statement: "DELETE FROM codes WHERE operator IN (SELECT operator FROM codes WHERE asked_at < $1 LIMIT $2)",
        kept_for: SignedDuration::from_hours(24),
    },
    Rule {
        statement: "DELETE FROM batches WHERE id IN \
                    (SELECT id FROM batches WHERE created_at < $1 AND ended_at IS NOT NULL LIMIT $2)",
        kept_for: SignedDuration::from_hours(400 * 24),
    },
    // Counts of deleted batches.
    Rule {
        statement: "DELETE FROM batch_counts WHERE batch IN (SELECT batch FROM batch_counts WHERE NOT EXISTS \
                    (SELECT 1 FROM batches WHERE batches.id = batch_counts.batch) AND $1 > 0 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
    // Payments of deleted attempts.
    Rule {
        statement: "DELETE FROM payments WHERE session IN (SELECT session FROM payments WHERE NOT EXISTS \
                    (SELECT 1 FROM attempts WHERE attempts.session = payments.session) AND $1 > 0 LIMIT $2)",
        kept_for: SignedDuration::ZERO,
    },
];

const PIECE: i64 = 1000;

impl Store {
    /// Deletes all rows that are too old now. Returns their number.
    pub(crate) async fn forget_old(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for rule in RULES {
            loop {
                let rows = sqlx::query(AssertSqlSafe(rule.statement))
                    .bind((now - rule.kept_for).as_millisecond())
                    .bind(PIECE)
                    .execute(&self.writer)
                    .await?
                    .rows_affected();
                forgotten += rows;
                if rows == 0 {
                    break;
                }
            }
        }
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    async fn events(store: &Store) -> Vec<(String, Option<String>)> {
        sqlx::query_as("SELECT id, payload FROM events ORDER BY id").fetch_all(store.reader()).await.unwrap()
    }

    #[tokio::test]
    async fn payloads_go_after_30_days_and_identifiers_after_60() {
        let then = Timestamp::from_second(1_790_000_000).unwrap();
        for test in both().await {
            let store = &test.store;
            let mut change = store.change().await.unwrap();
            for n in 0..2500 {
                sqlx::query(
                    "INSERT INTO events (id, type, created, received_at, source, payload) \
                     VALUES ($1, 't', 1, $2, 'webhook', '{}')",
                )
                .bind(format!("evt_{n}"))
                .bind((then + SignedDuration::from_secs(n)).as_millisecond())
                .execute(&mut *change)
                .await
                .unwrap();
            }
            change.commit().await.unwrap();
            assert_eq!(store.forget_old(then + 30 * DAY).await.unwrap(), 0);
            assert_eq!(store.forget_old(then + 31 * DAY).await.unwrap(), 2500);
            let kept = events(store).await;
            assert_eq!((kept.len(), kept.iter().filter(|(_, payload)| payload.is_some()).count()), (2500, 0));
            assert_eq!(
                store.forget_old(then + 60 * DAY + SignedDuration::from_secs(2499)).await.unwrap(),
                2499
            );
            assert_eq!(events(store).await, [("evt_2499".to_owned(), None)]);
        }
    }

    #[tokio::test]
    async fn undelivered_merchant_events_are_never_deleted() {
        let then = Timestamp::from_second(1_790_000_000).unwrap();
        for test in both().await {
            let store = &test.store;
            for (id, delivered, failed) in
                [("a", None, None), ("b", Some(1_i64), None), ("c", None, Some(1_i64))]
            {
                let mut change = store.change().await.unwrap();
                crate::store::merchant_events::enter(&mut change, id, "t", "fca_1", "{}", then)
                    .await
                    .unwrap();
                sqlx::query("UPDATE deliveries SET delivered_at = $1, failed_at = $2 WHERE id = $3")
                    .bind(delivered)
                    .bind(failed)
                    .bind(id)
                    .execute(&mut *change)
                    .await
                    .unwrap();
                change.commit().await.unwrap();
            }
            assert_eq!(store.forget_old(then + 31 * DAY).await.unwrap(), 2);
            let left: Vec<String> =
                sqlx::query_scalar("SELECT id FROM deliveries").fetch_all(store.reader()).await.unwrap();
            assert_eq!(left, ["a"]);
        }
    }
}

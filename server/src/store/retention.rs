//! Retention: deletes old rows in pieces, so that no statement takes long.

use jiff::{SignedDuration, Timestamp};
use sqlx::{Any, Encode, Type};

use super::daily_counts::day;
use super::{Store, StoreError};
use crate::config::settings::Retention;

/// Retention of one kind of row.
struct Rule {
    /// Statement for at most `$2` rows from before `$1`.
    statement: &'static str,
    kept_for: KeptFor,
}

/// Time for which a kind of row is kept.
enum KeptFor {
    /// As long as it is of use.
    Fixed(SignedDuration),
    /// As set.
    Set(fn(&Retention) -> SignedDuration),
}

impl KeptFor {
    fn time(&self, retention: &Retention) -> SignedDuration {
        match self {
            Self::Fixed(time) => *time,
            Self::Set(of) => of(retention),
        }
    }
}

/// Retention rules. The audit trail has none, because merchants must be able to show it years later. Operators'
/// sessions are ended separately, with an audit entry: see [`Store::end_old_sessions`].
const RULES: [Rule; 18] = [
    // Stripe can deliver an event again for 30 days.
    Rule {
        statement: "UPDATE events SET payload = NULL WHERE id IN \
                    (SELECT id FROM events WHERE received_at < $1 AND payload IS NOT NULL LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.event_payloads),
    },
    // Identifiers are kept longer, to recognize late duplicates.
    Rule {
        statement: "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE received_at < $1 LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.events),
    },
    Rule {
        statement: "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE created_at < $1 \
                    AND (delivered_at IS NOT NULL OR failed_at IS NOT NULL) LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.deliveries),
    },
    Rule {
        statement: "DELETE FROM attempts WHERE session IN \
                    (SELECT session FROM attempts WHERE started_at < $1 LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.attempts),
    },
    Rule {
        statement: "DELETE FROM requests WHERE id IN \
                    (SELECT id FROM requests WHERE created_at < $1 AND ended_at IS NOT NULL LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.requests),
    },
    // Emails of deleted requests.
    Rule {
        statement: "DELETE FROM mails WHERE request IN (SELECT request FROM mails WHERE NOT EXISTS \
                    (SELECT 1 FROM requests WHERE requests.id = mails.request) AND $1 > 0 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    Rule {
        statement: "DELETE FROM visits WHERE hash IN (SELECT hash FROM visits WHERE until < $1 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    // As long as Stripe keeps its own idempotency keys.
    Rule {
        statement: "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE created_at < $1 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::from_hours(24)),
    },
    Rule {
        statement: "DELETE FROM mail_turns WHERE account IN (SELECT account FROM mail_turns WHERE next_at < $1 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    Rule {
        statement: "DELETE FROM sign_in_codes WHERE browser IN \
                    (SELECT browser FROM sign_in_codes WHERE expires_at < $1 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    Rule {
        statement: "DELETE FROM code_limits WHERE operator IN \
                    (SELECT operator FROM code_limits WHERE asked_at < $1 LIMIT $2) AND asked_at < $1",
        kept_for: KeptFor::Fixed(SignedDuration::from_hours(24)),
    },
    Rule {
        statement: "DELETE FROM known_browsers WHERE hash IN \
                    (SELECT hash FROM known_browsers WHERE expires_at < $1 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    Rule {
        statement: "DELETE FROM codes WHERE operator IN (SELECT operator FROM codes WHERE asked_at < $1 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::from_hours(24)),
    },
    Rule {
        statement: "DELETE FROM batches WHERE id IN \
                    (SELECT id FROM batches WHERE created_at < $1 AND ended_at IS NOT NULL LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.requests),
    },
    // Counts of deleted batches.
    Rule {
        statement: "DELETE FROM batch_counts WHERE batch IN (SELECT batch FROM batch_counts WHERE NOT EXISTS \
                    (SELECT 1 FROM batches WHERE batches.id = batch_counts.batch) AND $1 > 0 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    // Accounts of deleted batches.
    Rule {
        statement: "DELETE FROM batch_results WHERE (batch, account) IN (SELECT batch, account FROM batch_results \
                    WHERE NOT EXISTS (SELECT 1 FROM batches WHERE batches.id = batch_results.batch) AND $1 > 0 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    // Payments of deleted attempts.
    Rule {
        statement: "DELETE FROM payments WHERE session IN (SELECT session FROM payments WHERE NOT EXISTS \
                    (SELECT 1 FROM attempts WHERE attempts.session = payments.session) AND $1 > 0 LIMIT $2)",
        kept_for: KeptFor::Fixed(SignedDuration::ZERO),
    },
    // As long as attempts. A job that was given up stays, and can be tried again.
    Rule {
        statement: "DELETE FROM follow_ups WHERE (account, action, feature) IN \
                    (SELECT account, action, feature FROM follow_ups WHERE changed_at < $1 AND NOT EXISTS \
                    (SELECT 1 FROM work WHERE work.id = 'follow_up:' || account || ' ' || action || ' ' || feature) \
                    LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.attempts),
    },
];

/// Retention rules of rows that belong to a day; `$1` is the first day that is kept. They are kept as long as requests
/// and batches. In `repairs`, which the previous release writes, no day stands for all shown days.
const RULES_BY_DAY: [Rule; 3] = [
    Rule {
        statement: "DELETE FROM snapshots WHERE (day, institution_name, state) IN \
                    (SELECT day, institution_name, state FROM snapshots WHERE day < $1 LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.statistics),
    },
    Rule {
        statement: "DELETE FROM daily_figures WHERE (day, name, institution_name) IN \
                    (SELECT day, name, institution_name FROM daily_figures WHERE day < $1 LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.statistics),
    },
    Rule {
        statement: "DELETE FROM repairs WHERE (day, institution_name) IN \
                    (SELECT day, institution_name FROM repairs WHERE day > '' AND day < $1 LIMIT $2)",
        kept_for: KeptFor::Set(|kept| kept.statistics),
    },
];

const PIECE: i64 = 1000;

impl Store {
    /// Deletes all rows that are too old now. Returns their number.
    pub(crate) async fn forget_old(&self, retention: &Retention, now: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for rule in RULES {
            let first = (now - rule.kept_for.time(retention)).as_millisecond();
            forgotten += self.forget(rule.statement, first).await?;
        }
        for rule in RULES_BY_DAY {
            forgotten += self.forget(rule.statement, day(now - rule.kept_for.time(retention))).await?;
        }
        Ok(forgotten)
    }

    /// Deletes the rows from before `first`. Returns their number.
    async fn forget<T>(&self, statement: &'static str, first: T) -> Result<u64, StoreError>
    where
        T: Clone + Send + for<'a> Encode<'a, Any> + Type<Any>,
    {
        let mut forgotten = 0;
        loop {
            let query = sqlx::query(statement).bind(first.clone()).bind(PIECE);
            match query.execute(&self.writer).await?.rows_affected() {
                0 => return Ok(forgotten),
                rows => forgotten += rows,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

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
            assert_eq!(store.forget_old(&Retention::default(), then + 30 * DAY).await.unwrap(), 0);
            assert_eq!(store.forget_old(&Retention::default(), then + 31 * DAY).await.unwrap(), 2500);
            let kept = events(store).await;
            assert_eq!((kept.len(), kept.iter().filter(|(_, payload)| payload.is_some()).count()), (2500, 0));
            assert_eq!(
                store
                    .forget_old(&Retention::default(), then + 60 * DAY + SignedDuration::from_secs(2499))
                    .await
                    .unwrap(),
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
            assert_eq!(store.forget_old(&Retention::default(), then + 31 * DAY).await.unwrap(), 2);
            let left: Vec<String> =
                sqlx::query_scalar("SELECT id FROM deliveries").fetch_all(store.reader()).await.unwrap();
            assert_eq!(left, ["a"]);
        }
    }

    #[tokio::test]
    async fn each_kind_is_kept_as_long_as_it_is_set() {
        let then = Timestamp::from_second(1_790_000_000).unwrap();
        let at = then.as_millisecond();
        let shorter =
            Retention { deliveries: DAY, attempts: 7 * DAY, requests: 30 * DAY, ..Retention::default() };
        for test in both().await {
            let store = &test.store;
            run(store, format!("INSERT INTO requests (id, account, customer, delivery, language, reason, is_automatic, state, created_at, expires_at, ended_at) VALUES ('r', 'a', 'c', 'link', 'en', 'broken', 0, 'expired', {at}, {at}, {at})")).await;
            run(
                store,
                format!("INSERT INTO follow_ups VALUES ('fca_1', 'refresh', 'balance', 'done', 1, {at})"),
            )
            .await;
            run(store, format!("INSERT INTO deliveries (id, type, subject, payload, created_at, due, tries, lease_until, delivered_at) VALUES ('m', 't', 's', '{{}}', {at}, 0, 1, 0, {at})")).await;
            for (days, expected) in [(1, 0), (2, 1), (7, 0), (8, 1), (30, 0), (31, 1)] {
                let forgotten = store.forget_old(&shorter, then + DAY * days).await.unwrap();
                assert_eq!(forgotten, expected, "after {days} days");
            }
        }
    }

    async fn run(store: &Store, statement: String) {
        sqlx::query(AssertSqlSafe(statement)).execute(&store.writer).await.unwrap();
    }

    async fn days(store: &Store, table: &str) -> Vec<String> {
        let statement = format!("SELECT DISTINCT day FROM {table} ORDER BY day");
        sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(store.reader()).await.unwrap()
    }

    #[tokio::test]
    async fn counts_of_a_day_go_after_400_days_and_those_of_all_days_stay() {
        let then = Timestamp::from_second(1_790_000_000).unwrap();
        let (first, second) = (day(then), day(then + DAY));
        for test in both().await {
            let store = &test.store;
            let banks = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1500)";
            let snapshots = format!("SELECT '{first}', 'Bank ' || n, 'healthy', 1, 1 FROM n");
            run(store, format!("{banks} INSERT INTO snapshots {snapshots}")).await;
            let repairs = format!("SELECT '{first}', 'Bank ' || n, 1, 1, 1 FROM n");
            run(store, format!("{banks} INSERT INTO repairs {repairs}")).await;
            run(store, format!("INSERT INTO snapshots VALUES ('{second}', 'Alder', 'healthy', 1, 1)")).await;
            run(store, format!("INSERT INTO repairs VALUES ('{second}', '', 1, 1, 1)")).await;
            run(store, "INSERT INTO repairs VALUES ('', '', 1, 1, 1)".to_owned()).await;
            assert_eq!(store.forget_old(&Retention::default(), then + 400 * DAY).await.unwrap(), 0);
            assert_eq!(store.forget_old(&Retention::default(), then + 401 * DAY).await.unwrap(), 3000);
            assert_eq!(days(store, "snapshots").await, [second.as_str()]);
            assert_eq!(days(store, "repairs").await, ["", second.as_str()]);
        }
    }

    #[tokio::test]
    async fn follow_ups_go_after_90_days_unless_their_job_is_still_there() {
        let then = Timestamp::from_second(1_790_000_000).unwrap();
        let ago = then.as_millisecond();
        for test in both().await {
            let store = &test.store;
            for (account, action, state, changed_at) in [
                ("fca_1", "refresh", "done", ago),
                ("fca_2", "subscribe", "failed", ago),
                ("fca_3", "refresh", "failed", ago),
                ("fca_4", "refresh", "done", (then + DAY).as_millisecond()),
            ] {
                let row = format!("'{account}', '{action}', 'balance', '{state}', 1, {changed_at}");
                run(store, format!("INSERT INTO follow_ups VALUES ({row})")).await;
            }
            // Given up, and an operator can try it again.
            run(
                store,
                "INSERT INTO work (id, kind, subject, urgency, wanted, newest, due, tries, lease_until, parked_at, created_at) \
                 VALUES ('follow_up:fca_3 refresh balance', 'follow_up', 'fca_3 refresh balance', 1, 1, 0, 0, 28, 0, 5, 0)"
                    .to_owned(),
            )
            .await;
            assert_eq!(store.forget_old(&Retention::default(), then + 90 * DAY).await.unwrap(), 0);
            assert_eq!(
                store
                    .forget_old(&Retention::default(), then + 91 * DAY - SignedDuration::from_secs(1))
                    .await
                    .unwrap(),
                2
            );
            let left = "SELECT account FROM follow_ups ORDER BY account";
            let left: Vec<String> = sqlx::query_scalar(left).fetch_all(store.reader()).await.unwrap();
            assert_eq!(left, ["fca_3", "fca_4"]);
        }
    }
}

//! Operators of the console: their one-time codes and their sessions. Only hashes are here.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;

use super::words::{from_json, json};
use super::{Store, StoreError};
use crate::domain::sign_in::{BETWEEN_CODES, CODE_LASTS, CODE_TRIES, CODES_AN_HOUR, IDLE, LONGEST, Operator};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// That somebody is still there is written down this often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeHash {
    /// Of what the browser that asked for it has.
    pub(crate) asker: String,
    /// Of that and of the code.
    pub(crate) hash: String,
}

impl Store {
    /// From now on this is the operator's code, in the place of any other. Gives whether it is not too soon for one.
    pub(crate) async fn set_code(
        &self,
        email: &str,
        code: &CodeHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let set = sqlx::query(
            "INSERT INTO codes (operator, asker, hash, tries, until, asked, since, asked_at) \
             VALUES ($1, $8, $2, 0, $3, 1, $4, $4) \
             ON CONFLICT (operator) DO UPDATE SET asker = excluded.asker, hash = excluded.hash, tries = 0, until = excluded.until, \
             asked = CASE WHEN codes.since <= $5 THEN 1 ELSE codes.asked + 1 END, \
             since = CASE WHEN codes.since <= $5 THEN excluded.since ELSE codes.since END, asked_at = excluded.asked_at \
             WHERE codes.asked_at <= $6 AND (codes.since <= $5 OR codes.asked < $7)",
        )
        .bind(email.to_owned())
        .bind(code.hash.clone())
        .bind((now + CODE_LASTS).as_millisecond())
        .bind(now.as_millisecond())
        .bind((now - HOUR).as_millisecond())
        .bind((now - BETWEEN_CODES).as_millisecond())
        .bind(CODES_AN_HOUR)
        .bind(code.asker.clone())
        .execute(&self.writer)
        .await?;
        Ok(set.rows_affected() > 0)
    }

    /// One try of that code, which counts whatever comes of it, if it is from the browser that asked. Gives whether it
    /// was right; it is right once.
    pub(crate) async fn try_code(
        &self,
        email: &str,
        code: &CodeHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let tried = "UPDATE codes SET tries = tries + 1 WHERE operator = $1 AND asker = $4 AND tries < $2 AND until > $3";
        let tried = sqlx::query(tried).bind(email.to_owned()).bind(CODE_TRIES).bind(now.as_millisecond());
        let is_there = tried.bind(code.asker.clone()).execute(&mut *change).await?.rows_affected() > 0;
        // Hashes of 256 bits that nobody knows: how long it takes to compare them says nothing of the code.
        let used =
            "UPDATE codes SET hash = '', until = 0, asked = 0 WHERE operator = $1 AND hash = $2 AND $3 = 1";
        let used = sqlx::query(used).bind(email.to_owned()).bind(code.hash.clone()).bind(i64::from(is_there));
        let is_right = used.execute(&mut *change).await?.rows_affected() > 0;
        change.commit().await?;
        Ok(is_right)
    }

    /// Signs somebody in.
    pub(crate) async fn begin_session(
        &self,
        hash: &str,
        operator: &Operator,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO operator_sessions (hash, operator, begun_at, seen_at) VALUES ($1, $2, $3, $3)",
        )
        .bind(hash.to_owned())
        .bind(json(operator, "operator_sessions.operator")?)
        .bind(now.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Who is signed in there, and was seen lately.
    pub(crate) async fn session_of(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Operator>, StoreError> {
        let row = sqlx::query(
            "SELECT operator, seen_at FROM operator_sessions WHERE hash = $1 AND begun_at > $2 AND seen_at > $3",
        )
        .bind(hash.to_owned())
        .bind((now - LONGEST).as_millisecond())
        .bind((now - IDLE).as_millisecond())
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let seen_at: i64 = row.try_get("seen_at")?;
        if seen_at <= (now - SEEN_EVERY).as_millisecond() {
            sqlx::query("UPDATE operator_sessions SET seen_at = $1 WHERE hash = $2")
                .bind(now.as_millisecond())
                .bind(hash.to_owned())
                .execute(&self.writer)
                .await?;
        }
        from_json(row.try_get("operator")?, "operator_sessions.operator").map(Some)
    }

    /// Signs out.
    pub(crate) async fn end_session(&self, hash: &str) -> Result<(), StoreError> {
        let end = "DELETE FROM operator_sessions WHERE hash = $1";
        sqlx::query(end).bind(hash.to_owned()).execute(&self.writer).await?;
        Ok(())
    }

    /// Whether the key of that name still opens the console.
    pub(crate) async fn is_console_key(&self, id: &str) -> Result<bool, StoreError> {
        let key = self.keys().await?.into_iter().find(|key| key.id == id);
        Ok(key.is_some_and(|key| {
            key.revoked_at.is_none() && key.scopes.contains(&crate::domain::key::Scope::Console)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    fn code(hash: &str) -> CodeHash {
        CodeHash { asker: "asker".to_owned(), hash: hash.to_owned() }
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + minute * 60).unwrap()
    }

    #[tokio::test]
    async fn a_code_is_right_once_for_ten_minutes_and_five_tries() {
        for test in both().await {
            let store = &test.store;
            assert!(store.set_code("a@b", &code("x"), at(0)).await.unwrap());
            assert!(!store.try_code("other@b", &code("x"), at(0)).await.unwrap());
            assert!(!store.try_code("a@b", &code("wrong"), at(0)).await.unwrap());
            assert!(store.try_code("a@b", &code("x"), at(9)).await.unwrap());
            assert!(!store.try_code("a@b", &code("x"), at(9)).await.unwrap(), "once");
            assert!(!store.try_code("a@b", &code(""), at(9)).await.unwrap(), "what was used is not empty");
            assert!(store.set_code("a@b", &code("y"), at(20)).await.unwrap());
            assert!(!store.try_code("a@b", &code("y"), at(30)).await.unwrap(), "too late");
            assert!(store.set_code("a@b", &code("z"), at(40)).await.unwrap());
            let other = CodeHash { asker: "other".to_owned(), ..code("wrong") };
            for _ in 0..5 {
                assert!(!store.try_code("a@b", &other, at(40)).await.unwrap());
            }
            assert!(
                store.try_code("a@b", &code("z"), at(40)).await.unwrap(),
                "others use up none of its tries"
            );
            assert!(store.set_code("a@b", &code("z"), at(50)).await.unwrap());
            for _ in 0..5 {
                assert!(!store.try_code("a@b", &code("wrong"), at(50)).await.unwrap());
            }
            assert!(!store.try_code("a@b", &code("z"), at(50)).await.unwrap(), "too often");
        }
    }

    #[tokio::test]
    async fn codes_come_one_in_a_minute_and_six_in_an_hour_and_the_new_one_counts() {
        for test in both().await {
            let store = &test.store;
            assert!(store.set_code("a@b", &code("1"), at(0)).await.unwrap());
            assert!(!store.set_code("a@b", &code("2"), at(0)).await.unwrap());
            for minute in 1..6 {
                assert!(store.set_code("a@b", &code(&minute.to_string()), at(minute)).await.unwrap());
            }
            assert!(!store.set_code("a@b", &code("7"), at(8)).await.unwrap());
            assert!(!store.try_code("a@b", &code("1"), at(8)).await.unwrap(), "another one came");
            assert!(store.try_code("a@b", &code("5"), at(8)).await.unwrap());
            assert!(store.set_code("a@b", &code("8"), at(60)).await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_session_ends_when_idle_after_half_a_day_and_when_somebody_signs_out() {
        let operator = Operator::Email { email: "a@b".to_owned() };
        for test in both().await {
            let store = &test.store;
            store.begin_session("h", &operator, at(0)).await.unwrap();
            for minute in (29..720).step_by(29) {
                assert_eq!(
                    store.session_of("h", at(minute)).await.unwrap(),
                    Some(operator.clone()),
                    "{minute}"
                );
            }
            assert_eq!(store.session_of("h", at(720)).await.unwrap(), None);
            store.begin_session("i", &operator, at(0)).await.unwrap();
            assert_eq!(store.session_of("i", at(30)).await.unwrap(), None);
            store.begin_session("j", &operator, at(0)).await.unwrap();
            store.end_session("j").await.unwrap();
            assert_eq!(store.session_of("j", at(1)).await.unwrap(), None);
        }
    }
}

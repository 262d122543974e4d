//! Emails of relink requests. The start of a try is stored before the mail server is contacted. A try without an end
//! may therefore have sent the email, which is not sent again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use strum::IntoStaticStr;
use utoipa::ToSchema;

use super::accounts::time;
use super::json_columns::from_word;
use super::{Store, StoreError, Transaction};

/// State of an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum MailState {
    Waiting,
    /// The mail server may be receiving it now.
    Sending,
    Sent,
    /// Not sent, and given up.
    Failed,
    /// Possibly sent. It is not sent again automatically.
    Unknown,
}

impl MailState {
    /// Returns the state as it is stored.
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

/// State of an email, without its content and recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) state: MailState,
    pub(crate) tries: i64,
    pub(crate) changed_at: Timestamp,
    pub(crate) error: Option<String>,
}

/// Inserts an email that is to be sent.
pub(crate) async fn enter(change: &mut Transaction, request: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO mails (request, state, tries, changed_at) VALUES ($1, 'waiting', 0, $2)")
        .bind(request.to_owned())
        .bind(now.as_millisecond())
        .execute(change)
        .await?;
    Ok(())
}

/// Begins a try if the email is waiting. Returns true for only one of several concurrent callers.
pub(crate) async fn begin(
    change: &mut Transaction,
    request: &str,
    attempt: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let begun = sqlx::query(
        "UPDATE mails SET state = 'sending', attempt = $1, tries = tries + 1, changed_at = $2 \
         WHERE request = $3 AND state = 'waiting'",
    )
    .bind(attempt.to_owned())
    .bind(now.as_millisecond())
    .bind(request.to_owned())
    .execute(change)
    .await?;
    Ok(begun.rows_affected() > 0)
}

/// Ends the try, even if another server has marked it as unknown: the sender's result is more reliable.
pub(crate) async fn end(
    change: &mut Transaction,
    request: &str,
    attempt: &str,
    state: MailState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE mails SET state = $1, error = $2, changed_at = $3 \
         WHERE request = $4 AND attempt = $5 AND state IN ('sending', 'unknown')",
    )
    .bind(state.as_str())
    .bind(error.map(str::to_owned))
    .bind(now.as_millisecond())
    .bind(request.to_owned())
    .bind(attempt.to_owned())
    .execute(change)
    .await?;
    Ok(())
}

/// Marks a waiting email as failed, so that it is not sent. Returns true if it was waiting.
pub(crate) async fn fail_waiting(
    change: &mut Transaction,
    request: &str,
    why: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let dropped = sqlx::query(
        "UPDATE mails SET state = 'failed', error = $1, changed_at = $2 WHERE request = $3 AND state = 'waiting'",
    )
    .bind(why.to_owned())
    .bind(now.as_millisecond())
    .bind(request.to_owned())
    .execute(change)
    .await?;
    Ok(dropped.rows_affected() > 0)
}

impl Store {
    /// Returns the email of a request, if it has one.
    pub(crate) async fn mail(&self, request: &str) -> Result<Option<Mail>, StoreError> {
        let row = sqlx::query("SELECT state, tries, changed_at, error FROM mails WHERE request = $1");
        let Some(row) = row.bind(request.to_owned()).fetch_optional(self.reader()).await? else {
            return Ok(None);
        };
        Ok(Some(Mail {
            state: from_word(row.try_get("state")?, "mails.state")?,
            tries: row.try_get("tries")?,
            changed_at: time(row.try_get("changed_at")?)?,
            error: row.try_get("error")?,
        }))
    }

    /// Counts the emails that were not sent, or not yet, by state.
    pub(crate) async fn unsent_email_counts(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let counts = "SELECT state, COUNT(*) FROM mails WHERE state <> 'sent' GROUP BY state";
        let counts: Vec<(String, i64)> = sqlx::query_as(counts).fetch_all(self.reader()).await?;
        Ok(counts.into_iter().collect())
    }

    /// Marks a try that never ended as unknown, because its server is gone. Returns true if there was one.
    pub(crate) async fn mark_lost_email(&self, request: &str, now: Timestamp) -> Result<bool, StoreError> {
        let lost = sqlx::query(
            "UPDATE mails SET state = 'unknown', error = $1, changed_at = $2 WHERE request = $3 AND state = 'sending'",
        )
        .bind("the server was stopped, or the connection broke, while the mail was on its way; it may have gone")
        .bind(now.as_millisecond())
        .bind(request.to_owned())
        .execute(&self.writer)
        .await?;
        Ok(lost.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    async fn tries(store: &Store, attempt: String) -> bool {
        let mut change = store.change().await.unwrap();
        let begun = begin(&mut change, "rlr_1", &attempt, Timestamp::UNIX_EPOCH).await.unwrap();
        change.commit().await.unwrap();
        begun
    }

    async fn ends(store: &Store, attempt: &str, state: MailState) -> MailState {
        let mut change = store.change().await.unwrap();
        end(&mut change, "rlr_1", attempt, state, None, Timestamp::UNIX_EPOCH).await.unwrap();
        change.commit().await.unwrap();
        store.mail("rlr_1").await.unwrap().unwrap().state
    }

    #[tokio::test]
    async fn of_64_who_would_send_one_does_and_a_lost_try_is_not_repeated() {
        for test in both().await {
            let store = &test.store;
            let mut change = store.change().await.unwrap();
            enter(&mut change, "rlr_1", Timestamp::UNIX_EPOCH).await.unwrap();
            change.commit().await.unwrap();
            let tasks: Vec<_> = (0..64)
                .map(|n| {
                    let store = store.clone();
                    tokio::spawn(async move { tries(&store, n.to_string()).await.then(|| n.to_string()) })
                })
                .collect();
            let mut begun = Vec::new();
            for task in tasks {
                begun.extend(task.await.unwrap());
            }
            let [attempt] = begun.as_slice() else { panic!("{begun:?}") };
            assert_eq!(ends(store, "another", MailState::Sent).await, MailState::Sending);
            assert!(store.mark_lost_email("rlr_1", Timestamp::UNIX_EPOCH).await.unwrap());
            assert!(!tries(store, "later".to_owned()).await);
            assert_eq!(ends(store, attempt, MailState::Sent).await, MailState::Sent);
            assert!(!store.mark_lost_email("rlr_1", Timestamp::UNIX_EPOCH).await.unwrap());
        }
    }
}

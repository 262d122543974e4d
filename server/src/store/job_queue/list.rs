//! The job queue as operators see it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use utoipa::ToSchema;

use crate::domain::audit::Entry;
use crate::store::{Store, StoreError};

/// Part of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueuePart {
    /// Jobs that are due.
    Due,
    /// Jobs that were given up.
    Parked,
}

/// A job. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobRow {
    /// Kind and subject.
    pub(crate) id: String,
    /// Number of failures so far.
    pub(crate) tries: i64,
    pub(crate) due: i64,
    pub(crate) parked_at: Option<i64>,
    pub(crate) last_error: Option<String>,
}

impl Store {
    /// Returns jobs in the order of their identifiers, after `after` if given.
    pub(crate) async fn list_jobs(
        &self,
        part: Option<QueuePart>,
        after: Option<&str>,
        most: i64,
        now: Timestamp,
    ) -> Result<Vec<JobRow>, StoreError> {
        let condition = match part {
            None => "",
            Some(QueuePart::Due) => "AND parked_at IS NULL AND due <= $3 ",
            Some(QueuePart::Parked) => "AND parked_at IS NOT NULL ",
        };
        let statement = format!(
            "SELECT id, tries, due, parked_at, last_error FROM work WHERE id > $1 {condition}ORDER BY id LIMIT $2"
        );
        let mut query =
            sqlx::query(AssertSqlSafe(statement)).bind(after.unwrap_or_default().to_owned()).bind(most);
        if part == Some(QueuePart::Due) {
            query = query.bind(now.as_millisecond());
        }
        query.fetch_all(self.reader()).await?.iter().map(item).collect()
    }

    /// Counts the jobs that have failed and will be retried.
    pub(crate) async fn failing_jobs(&self) -> Result<i64, StoreError> {
        let failing = "SELECT COUNT(*) FROM work WHERE parked_at IS NULL AND tries > 0";
        Ok(sqlx::query_scalar(failing).fetch_one(self.reader()).await?)
    }

    /// Makes a job due now, resets its failures, and enters an audit entry. Returns true if the job exists. A running
    /// job is not interrupted.
    pub(crate) async fn retry_job(
        &self,
        id: &str,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let retry = sqlx::query("UPDATE work SET due = $1, tries = 0, parked_at = NULL WHERE id = $2")
            .bind(now.as_millisecond())
            .bind(id.to_owned());
        self.change_with_entry(retry, entry, now).await
    }
}

fn item(row: &AnyRow) -> Result<JobRow, StoreError> {
    let seconds = |milliseconds: i64| milliseconds.div_euclid(1000);
    let parked_at: Option<i64> = row.try_get("parked_at")?;
    Ok(JobRow {
        id: row.try_get("id")?,
        tries: row.try_get("tries")?,
        due: seconds(row.try_get("due")?),
        parked_at: parked_at.map(seconds),
        last_error: row.try_get("last_error")?,
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::{JobKind, Lease, NewJob, Urgency};
    use super::*;
    use crate::domain::audit::{Actor, AuditAction};
    use crate::store::testing::both;

    #[tokio::test]
    async fn what_was_given_up_is_listed_and_can_be_tried_again() {
        let now = Timestamp::from_second(1000).unwrap();
        let later = now + SignedDuration::from_secs(60);
        for test in both().await {
            let store = &test.store;
            let mark = |subject: &str, due| NewJob {
                kind: JobKind::Account,
                subject: subject.to_owned(),
                urgency: Urgency::News,
                created: None,
                due,
            };
            store.mark(&[mark("fca_1", now), mark("fca_2", later)], now).await.unwrap();
            let lease = Lease { holder: "a".to_owned(), until: later };
            let job = store.claim(&lease, 1, now).await.unwrap().remove(0);
            store.park(&job, "no use", now).await.unwrap();
            let list = async |part, after| store.list_jobs(part, after, 10, now).await.unwrap();
            let parked = JobRow {
                id: "account:fca_1".to_owned(),
                tries: 1,
                due: 1000,
                parked_at: Some(1000),
                last_error: Some("no use".to_owned()),
            };
            assert_eq!(list(Some(QueuePart::Parked), None).await, std::slice::from_ref(&parked));
            assert_eq!(list(Some(QueuePart::Parked), Some("account:fca_1")).await, []);
            assert_eq!(list(Some(QueuePart::Due), None).await, []);
            assert_eq!(list(None, None).await.len(), 2);
            let retried = Entry::of(Actor::Server.into(), AuditAction::WorkRetried, serde_json::Value::Null);
            assert!(!store.retry_job("account:fca_3", &retried, now).await.unwrap());
            assert!(store.retry_job("account:fca_1", &retried, now).await.unwrap());
            assert_eq!(store.audit(None, None, 10).await.unwrap().len(), 1);
            let due = list(Some(QueuePart::Due), None).await;
            assert_eq!(due, [JobRow { tries: 0, parked_at: None, ..parked }]);
            assert_eq!(store.failing_jobs().await.unwrap(), 0);
            assert_eq!(store.claim(&lease, 1, now).await.unwrap().len(), 1);
        }
    }
}

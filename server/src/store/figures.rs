//! Figures of the database for the support bundle. They name no row.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row};

use super::export::table_names;
use super::migrate::newest_known;
use super::{Engine, Store, StoreError};

/// Time limit for counting the rows of one table: with millions of rows, a count reads them all.
const LONGEST_COUNT: Duration = Duration::from_secs(10);
/// Number of different errors that are listed.
const MOST_ERRORS: i64 = 500;

/// Version of the schema, and of what stores it.
#[derive(Debug, Serialize)]
pub(crate) struct SchemaFigures {
    /// Kind of database and its version.
    pub(crate) engine: String,
    /// Migrations that were applied.
    pub(crate) migrations: Vec<i64>,
    /// Newest migration of this program.
    pub(crate) newest_known: i64,
    /// Generation of the schema: see `0007_generation.sql`.
    pub(crate) generation: Option<i64>,
    /// Sandbox, test or live.
    pub(crate) mode: Option<String>,
    pub(crate) bytes: i64,
}

/// Jobs of one kind. Ages are in seconds.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct JobFigures {
    pub(crate) kind: String,
    pub(crate) jobs: i64,
    pub(crate) due: i64,
    pub(crate) parked: i64,
    /// Time for which the oldest due job has waited.
    pub(crate) oldest_due_age: Option<i64>,
}

/// Failures with the same error.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FailureFigures {
    /// Kind of job, type of merchant event, or `email`.
    pub(crate) of: String,
    pub(crate) error: String,
    pub(crate) number: i64,
}

impl Store {
    /// Returns the version of the schema.
    pub(crate) async fn schema_figures(&self) -> Result<SchemaFigures, StoreError> {
        let (version, bytes) = match self.engine {
            Engine::Sqlite => (
                "SELECT 'SQLite ' || sqlite_version()",
                "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            ),
            Engine::Postgres => ("SELECT version()", "SELECT pg_database_size(current_database())"),
        };
        let applied = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version");
        let generation = sqlx::query_scalar("SELECT generation FROM schema_generation");
        Ok(SchemaFigures {
            engine: sqlx::query_scalar(version).fetch_one(self.reader()).await?,
            migrations: applied.fetch_all(self.reader()).await?,
            newest_known: newest_known(),
            generation: generation.fetch_optional(self.reader()).await.ok().flatten(),
            mode: self.meta("mode").await?,
            bytes: sqlx::query_scalar(bytes).fetch_one(self.reader()).await?,
        })
    }

    /// Counts the rows of every table; `None` where that fails or takes too long.
    pub(crate) async fn row_counts(&self) -> BTreeMap<&'static str, Option<i64>> {
        let mut counts = BTreeMap::new();
        for table in table_names() {
            let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}")));
            let count = tokio::time::timeout(LONGEST_COUNT, count.fetch_one(self.reader())).await;
            counts.insert(table, count.ok().and_then(Result::ok));
        }
        counts
    }

    /// Returns the jobs by kind.
    pub(crate) async fn job_figures(&self, now: Timestamp) -> Result<Vec<JobFigures>, StoreError> {
        let is_due = "parked_at IS NULL AND due <= $1";
        let statement = format!(
            "SELECT kind, COUNT(*), COUNT(CASE WHEN {is_due} THEN 1 END), COUNT(parked_at), \
             MIN(CASE WHEN {is_due} THEN due END) FROM work GROUP BY kind ORDER BY kind"
        );
        let rows = sqlx::query(AssertSqlSafe(statement)).bind(now.as_millisecond());
        let figures = rows.fetch_all(self.reader()).await?.into_iter().map(|row| {
            let oldest: Option<i64> = row.try_get(4)?;
            Ok(JobFigures {
                kind: row.try_get(0)?,
                jobs: row.try_get(1)?,
                due: row.try_get(2)?,
                parked: row.try_get(3)?,
                oldest_due_age: oldest.map(|due| (now.as_millisecond() - due).div_euclid(1000)),
            })
        });
        figures.collect()
    }

    /// Counts failed jobs, undelivered merchant webhooks and unsent emails by their errors, the most frequent first.
    pub(crate) async fn failure_figures(&self) -> Result<Vec<FailureFigures>, StoreError> {
        let statement = "SELECT owner, error, COUNT(*) FROM (\
             SELECT kind AS owner, last_error AS error FROM work WHERE tries > 0 OR parked_at IS NOT NULL UNION ALL \
             SELECT type, last_error FROM deliveries WHERE delivered_at IS NULL UNION ALL \
             SELECT 'email', error FROM mails WHERE state IN ('failed', 'unknown')) AS failures \
             WHERE error IS NOT NULL GROUP BY owner, error ORDER BY 3 DESC, 1, 2 LIMIT $1";
        let rows = sqlx::query(statement).bind(MOST_ERRORS).fetch_all(self.reader()).await?;
        let figures = rows.into_iter().map(|row| {
            Ok(FailureFigures { of: row.try_get(0)?, error: row.try_get(1)?, number: row.try_get(2)? })
        });
        figures.collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::job_queue::{JobKind, Lease, NewJob, Urgency};
    use crate::store::testing::both;

    #[tokio::test]
    async fn figures_count_tables_jobs_and_errors() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        for test in both().await {
            let store = &test.store;
            let job = |subject: &str, due| NewJob {
                kind: JobKind::Account,
                subject: subject.to_owned(),
                urgency: Urgency::News,
                created: None,
                due,
            };
            let before = now - SignedDuration::from_secs(90);
            store.mark(&[job("fca_1", before), job("fca_2", before)], now).await.unwrap();
            store.mark(&[job("fca_3", now + SignedDuration::from_secs(60))], now).await.unwrap();
            let lease = Lease { holder: "a".to_owned(), until: now };
            let claimed = store.claim(&lease, 1, now).await.unwrap().remove(0);
            store.park(&claimed, "no use", now).await.unwrap();

            let schema = store.schema_figures().await.unwrap();
            assert_eq!(schema.migrations.last(), Some(&schema.newest_known));
            assert!(schema.bytes > 0 && schema.generation.is_some(), "{schema:?}");
            let rows = store.row_counts().await;
            assert_eq!((rows["work"], rows["accounts"]), (Some(3), Some(0)));
            assert!(rows.values().all(Option::is_some), "{rows:?}");
            let jobs = store.job_figures(now).await.unwrap();
            let kind = JobKind::Account.as_str().to_owned();
            let expected =
                JobFigures { kind: kind.clone(), jobs: 3, due: 1, parked: 1, oldest_due_age: Some(90) };
            assert_eq!(jobs, [expected]);
            let failures = store.failure_figures().await.unwrap();
            assert_eq!(failures, [FailureFigures { of: kind, error: "no use".to_owned(), number: 1 }]);
        }
    }
}

//! The database's clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::AssertSqlSafe;
use tokio::time::Instant;

use super::accounts::time;
use super::{Engine, Store, StoreError};

/// PostgreSQL's time in milliseconds since 1970, at evaluation and not at the beginning of the transaction.
pub(super) const DATABASE_NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// Longest round trip after which the time in the answer is still used.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(1);

impl Store {
    /// Sets this server's clock: by PostgreSQL's, which all servers share, or with SQLite by this machine's. Returns
    /// the size of the jump.
    pub(crate) async fn synchronize_clock(&self) -> Result<SignedDuration, StoreError> {
        match self.engine() {
            Engine::Sqlite => Ok(crate::clock::synchronize(None)),
            Engine::Postgres => {
                let database = self.database_now().await?;
                Ok(database.map_or(SignedDuration::ZERO, |now| crate::clock::synchronize(Some(now))))
            }
        }
    }

    /// Returns the database's time, if the answer came soon enough.
    async fn database_now(&self) -> Result<Option<Timestamp>, StoreError> {
        // Waiting for a connection is not part of the round trip.
        let mut change = self.reader().begin("BEGIN").await?;
        let asked = Instant::now();
        let now: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {DATABASE_NOW}")))
            .fetch_one(&mut *change)
            .await?;
        let took = asked.elapsed();
        change.rollback().await?;
        let half = SignedDuration::try_from(took / 2).unwrap_or_default();
        Ok((took <= LONGEST_ROUND_TRIP).then_some(time(now)? + half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{both, open_postgres};

    #[tokio::test]
    async fn the_time_is_the_databases_where_servers_share_one() {
        let Some(test) = open_postgres().await else { return };
        let database = test.store.database_now().await.unwrap().unwrap();
        test.store.synchronize_clock().await.unwrap();
        assert!(crate::clock::now().duration_since(database).abs() < SignedDuration::from_secs(5));
    }

    #[tokio::test]
    async fn reading_the_clock_again_makes_no_jump() {
        for test in both().await {
            test.store.synchronize_clock().await.unwrap();
            let jump = test.store.synchronize_clock().await.unwrap();
            assert!(jump.abs() < SignedDuration::from_secs(1), "{jump:?}");
        }
    }
}

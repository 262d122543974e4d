//! Indexes of tables that may be large: made after the migrations, without blocking writes.

use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use super::settings::connection_url;
use super::{DatabaseSettings, Engine, Pooling, StoreError};

/// Statements; the file's first lines define their form.
const INDEXES: &str = include_str!("indexes.sql");
const BEGINS: &str = "CREATE INDEX IF NOT EXISTS ";

/// Advisory lock: two servers that make indexes concurrently would wait for each other.
const LOCK: &str = "SELECT pg_try_advisory_xact_lock(7362511403)";
/// Interval between tries to get the lock.
const PAUSE: Duration = Duration::from_secs(1);

/// Makes the missing indexes. Takes minutes for a table of many millions of rows.
pub(super) async fn run(settings: &DatabaseSettings, pooling: Pooling) -> Result<(), StoreError> {
    let url = connection_url(settings, pooling);
    let mut connection = AnyConnection::connect(&url).await?;
    match settings.url.engine() {
        Engine::Sqlite => {
            for index in indexes() {
                connection.execute(AssertSqlSafe(format!("{BEGINS}{index}"))).await?;
            }
        }
        Engine::Postgres => {
            // The lock is held by another connection, because an index can't be made concurrently in a transaction.
            let mut other = AnyConnection::connect(&url).await?;
            lock(&mut other).await?;
            for index in indexes() {
                concurrently(&mut connection, index).await?;
            }
            other.execute("ROLLBACK").await?;
            other.close().await?;
        }
    }
    Ok(connection.close().await?)
}

/// Begins a transaction that holds the lock. Polls for it: a statement that blocked on the lock would itself block the
/// index build of the server that holds it.
async fn lock(connection: &mut AnyConnection) -> Result<(), StoreError> {
    loop {
        connection.execute("BEGIN").await?;
        if connection.fetch_one(LOCK).await?.try_get(0)? {
            return Ok(());
        }
        connection.execute("ROLLBACK").await?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Returns each statement without `BEGINS`.
fn indexes() -> impl Iterator<Item = &'static str> {
    INDEXES.lines().filter_map(|line| line.strip_prefix(BEGINS)).map(|index| index.trim_end_matches(';'))
}

/// Makes an index outside of a transaction, as PostgreSQL requires, and with a simple query, as poolers require.
async fn concurrently(connection: &mut AnyConnection, index: &str) -> Result<(), StoreError> {
    let name = index.split(' ').next().unwrap_or(index);
    // An interrupted build leaves an invalid index.
    let is_broken =
        format!("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid");
    if connection.fetch_optional(AssertSqlSafe(is_broken)).await?.is_some() {
        connection.execute(AssertSqlSafe(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"))).await?;
    }
    connection.execute(AssertSqlSafe(format!("CREATE INDEX CONCURRENTLY IF NOT EXISTS {index}"))).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{both, open_postgres};

    #[test]
    fn every_statement_of_the_file_is_one_line_in_the_known_form() {
        let statements = || INDEXES.lines().filter(|line| !line.starts_with("--"));
        assert_eq!(indexes().count(), statements().count());
        // A condition makes a partial index.
        let is_complete =
            |line: &str| line.ends_with(");") || line.contains(") WHERE ") && line.ends_with(';');
        assert!(statements().all(is_complete));
    }

    #[tokio::test]
    async fn indexes_are_made_once_whoever_makes_them() {
        for test in both().await {
            run(&test.url, Pooling::Session).await.unwrap();
            run(&test.url, Pooling::Session).await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_index_that_was_interrupted_is_made_again() {
        let Some(test) = open_postgres().await else { return };
        run(&test.url, Pooling::Session).await.unwrap();
        let is_valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('mail_turns_by_end')";
        let mut connection = AnyConnection::connect(test.url.url.text()).await.unwrap();
        connection
            .execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass('mail_turns_by_end')",
            )
            .await
            .unwrap();
        run(&test.url, Pooling::Session).await.unwrap();
        let is_valid: bool = sqlx::query_scalar(is_valid).fetch_one(&mut connection).await.unwrap();
        assert!(is_valid);
    }
}

//! Database transactions.

use std::ops::{Deref, DerefMut};

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use sqlx::any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Either, Execute, Executor, SqlStr};

use super::pool::Pool;
use crate::domain::data_keys::DataKeys;

/// A transaction. Dropped before `commit`, it is undone and its connection closed.
///
/// A connection on which a transaction failed is never used again: after a full disk, an I/O error or lack of memory,
/// SQLite has rolled back by itself, and the driver's view of the connection is no longer right. An early return that
/// is not a failure calls `rollback`, which keeps the connection.
#[derive(Debug)]
pub(crate) struct Transaction {
    connection: PoolConnection<Any>,
    pool: Pool,
    is_over: bool,
}

impl Transaction {
    pub(super) async fn begin(pool: &Pool, statement: &str) -> Result<Self, sqlx::Error> {
        // Made before the statement runs, so that the connection is also closed if that is cancelled.
        let mut change = Self { connection: pool.acquire().await?, pool: pool.clone(), is_over: false };
        change.execute(sqlx::AssertSqlSafe(statement)).await?;
        Ok(change)
    }

    /// Commits the transaction. After an error it is unknown whether it was committed.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.execute("COMMIT").await?;
        // SQLite can commit to a deleted file; the data would last only until the server stops.
        self.pool.check_file()?;
        self.is_over = true;
        Ok(())
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Returns the keys of what is encrypted.
    pub(super) fn data_keys(&self) -> &DataKeys {
        self.pool.data_keys()
    }

    /// Undoes the transaction and keeps the connection.
    pub(crate) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        self.execute("ROLLBACK").await?;
        self.pool.check_file()?;
        self.is_over = true;
        Ok(())
    }
}

impl<'c> Executor<'c> for &'c mut Transaction {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        (&mut *self.connection).fetch_many(query)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        (&mut *self.connection).fetch_optional(query)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        (&mut *self.connection).prepare_with(sql, parameters)
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_over {
            self.pool.set_doubtful(true);
            self.connection.close_on_drop();
        }
    }
}

#[cfg(test)]
mod tests {

    use jiff::Timestamp;

    use crate::domain::filter::Filter;
    use crate::domain::sign_in::Operator;
    use crate::store::batches::{Batch, Chosen};
    use crate::store::operators::CodeHash;
    use crate::store::testing::both;

    #[tokio::test]
    async fn a_refusal_keeps_its_connection() {
        let now = Timestamp::UNIX_EPOCH;
        let code = CodeHash { browser: "unknown".to_owned(), hash: "wrong".to_owned() };
        let unknown = Batch {
            id: "bat_1".to_owned(),
            operator: Operator::Key { key: "key_1".to_owned() },
            chosen: Chosen::Matching(Filter::default()),
            reason: None,
            place: String::new(),
            state: "running".to_owned(),
            created_at: now,
            ended_at: None,
        };
        for test in both().await {
            let store = &test.store;
            assert!(!store.try_code("ann@shop.example", &code, now).await.unwrap());
            assert!(!store.advance_batch(&unknown, None, &[], now).await.unwrap());
            assert!(!store.writer.is_doubtful(), "a connection was closed");
        }
    }
}

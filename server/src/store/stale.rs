//! What was not looked at for long.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::{Store, StoreError};

impl Store {
    /// Accounts whose state time alone may have changed by now, the longest overdue first.
    pub(crate) async fn accounts_to_recheck(
        &self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreError> {
        self.before("SELECT id FROM accounts WHERE recheck_at <= $1 ORDER BY recheck_at", now, most).await
    }

    /// Customers whose accounts were last listed before this, the longest ago first.
    pub(crate) async fn stale_customers(
        &self,
        listed_before: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreError> {
        let statement = "SELECT id FROM customers WHERE listed_at < $1 ORDER BY listed_at";
        self.before(statement, listed_before, most).await
    }

    /// Accounts that no customer's list has, last read before this, the longest ago first.
    pub(crate) async fn stale_accounts_without_customer(
        &self,
        read_before: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreError> {
        let statement = "SELECT id FROM accounts WHERE customer IS NULL AND read_at < $1 ORDER BY read_at";
        self.before(statement, read_before, most).await
    }

    async fn before(&self, statement: &str, time: Timestamp, most: i64) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(AssertSqlSafe(format!("{statement} LIMIT $2")))
            .bind(time.as_millisecond())
            .bind(most)
            .fetch_all(self.reader())
            .await?)
    }
}

//! Selection of accounts that are due to be read again.

use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use super::accounts::time;
use super::{Store, StoreError};
use crate::domain::recheck::{Candidate, Class};
use crate::store::job_queue::Urgency;

const COUNTS: &str = "recheck_counts";
/// Largest difference between the clocks of servers that share a database.
const MOST_SKEW: SignedDuration = SignedDuration::from_mins(5);

impl Store {
    /// Returns accounts whose state time alone may have changed by now, the most overdue first. Accounts with a queued
    /// read are left out.
    pub(crate) async fn accounts_to_recheck(
        &self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreError> {
        let statement = "SELECT id FROM accounts WHERE recheck_at <= $1 AND NOT EXISTS \
                         (SELECT 1 FROM work WHERE work.id = 'account:' || accounts.id) \
                         ORDER BY recheck_at LIMIT $2";
        let due = sqlx::query_scalar(statement).bind(now.as_millisecond()).bind(most);
        Ok(due.fetch_all(self.reader()).await?)
    }

    /// Returns accounts of a class that were last read before this time, the oldest reading first. Accounts whose read
    /// is queued, or was given up since `given_up_since`, are left out: otherwise accounts that can't be read would
    /// displace all others.
    pub(crate) async fn overdue(
        &self,
        class: Class,
        read_before: Timestamp,
        given_up_since: Timestamp,
        most: i64,
    ) -> Result<Vec<Candidate>, StoreError> {
        let statement = "SELECT id, customer, read_at FROM accounts WHERE recheck_class = $1 AND read_at < $2 \
                         AND NOT EXISTS (SELECT 1 FROM work WHERE work.id = CASE WHEN accounts.customer IS NULL \
                         THEN 'account:' || accounts.id ELSE 'customer:' || accounts.customer END \
                         AND (work.parked_at IS NULL OR work.parked_at > $3)) ORDER BY read_at LIMIT $4";
        let rows = sqlx::query(statement)
            .bind(class as i64)
            .bind(read_before.as_millisecond())
            .bind(given_up_since.as_millisecond())
            .bind(most)
            .fetch_all(self.reader())
            .await?;
        let candidate = |row: &sqlx::any::AnyRow| {
            let (account, customer) = (row.try_get(0)?, row.try_get(1)?);
            Ok(Candidate { class, account, customer, read_at: time(row.try_get(2)?)? })
        };
        rows.iter().map(candidate).collect()
    }

    /// Returns accounts with a reading in the future, which a wrong clock has written. Its real time is unknown, so
    /// they count as never read.
    pub(crate) async fn accounts_read_in_future(
        &self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<Candidate>, StoreError> {
        let statement = "SELECT id, customer FROM accounts WHERE read_at > $1 ORDER BY read_at LIMIT $2";
        let rows = sqlx::query_as(statement).bind((now + MOST_SKEW).as_millisecond()).bind(most);
        let rows: Vec<(String, Option<String>)> = rows.fetch_all(self.reader()).await?;
        let candidate = |(account, customer)| Candidate {
            class: Class::InUse,
            account,
            customer,
            read_at: Timestamp::UNIX_EPOCH,
        };
        Ok(rows.into_iter().map(candidate).collect())
    }

    /// Counts the queued re-reads that were not tried yet.
    pub(crate) async fn pending_rechecks(&self) -> Result<i64, StoreError> {
        let statement = format!(
            "SELECT COUNT(*) FROM work WHERE parked_at IS NULL AND urgency = {} AND tries = 0",
            Urgency::Sweep as i64
        );
        Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(self.reader()).await?)
    }

    /// Returns the time of the oldest reading among all accounts.
    pub(crate) async fn oldest_reading(&self) -> Result<Option<Timestamp>, StoreError> {
        let oldest = sqlx::query_scalar("SELECT MIN(read_at) FROM accounts").fetch_one(self.reader()).await?;
        let oldest: Option<i64> = oldest;
        oldest.map(time).transpose()
    }

    /// Counts the accounts of each class and stores the numbers.
    pub(crate) async fn count_classes(&self) -> Result<(), StoreError> {
        let statement = "SELECT recheck_class, COUNT(*) FROM accounts GROUP BY recheck_class";
        let rows: Vec<(i64, i64)> = sqlx::query_as(statement).fetch_all(self.reader()).await?;
        let of = |class: Class| {
            let count = rows.iter().find(|(number, _)| *number == class as i64);
            count.map_or(0, |(_, count)| *count)
        };
        let [restless, in_use, idle] = Class::ALL.map(of);
        self.set_meta(COUNTS, &format!("{restless} {in_use} {idle}")).await
    }

    /// Returns the last stored number of accounts of each class.
    pub(crate) async fn class_counts(&self) -> Result<[u64; 3], StoreError> {
        let counts = self.meta(COUNTS).await?.unwrap_or_default();
        let mut counts = counts.split(' ').map(|count| count.parse().unwrap_or(0));
        Ok(Class::ALL.map(|_| counts.next().unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests;

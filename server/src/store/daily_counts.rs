//! Account counts for the console. They are made in the background, so that no page waits for a count of all accounts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sqlx::Row;

use super::accounts::time;
use super::{Store, StoreError, repair_stats};

/// Newest count of accounts by bank and state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionCounts {
    pub(crate) counted_at: Option<Timestamp>,
    /// Number of accounts by bank and state.
    pub(crate) accounts: BTreeMap<(String, String), i64>,
}

impl ConnectionCounts {
    /// Returns the number of accounts in this state, at this bank; `None` stands for all.
    pub(crate) fn of(&self, state: Option<&str>, bank: Option<&str>) -> i64 {
        let matching = self.accounts.iter().filter(|((a_bank, a_state), _)| {
            bank.is_none_or(|bank| bank == a_bank) && state.is_none_or(|state| state == a_state)
        });
        matching.map(|(_, accounts)| accounts).sum()
    }

    /// Returns the names of the banks with the most accounts, at most `most`, sorted.
    pub(crate) fn largest(&self, most: usize) -> Vec<String> {
        let mut banks: BTreeMap<&str, i64> = BTreeMap::new();
        for ((bank, _), accounts) in &self.accounts {
            *banks.entry(bank).or_default() += accounts;
        }
        let mut banks: Vec<(&str, i64)> = banks.into_iter().collect();
        banks.sort_by_key(|(_, accounts)| Reverse(*accounts));
        banks.truncate(most);
        let mut banks: Vec<String> = banks.into_iter().map(|(bank, _)| bank.to_owned()).collect();
        banks.sort();
        banks
    }

    /// Returns every bank that has accounts.
    pub(crate) fn banks(&self) -> Vec<String> {
        let mut banks: Vec<String> = self.accounts.keys().map(|(bank, _)| bank.clone()).collect();
        banks.dedup();
        banks
    }
}

impl Store {
    /// Counts everything and replaces earlier counts of the same day. Returns the number of accounts.
    pub(crate) async fn count(&self, now: Timestamp) -> Result<i64, StoreError> {
        let states =
            "SELECT institution_name, state, COUNT(*) FROM accounts GROUP BY institution_name, state";
        let states: Vec<(String, String, i64)> = sqlx::query_as(states).fetch_all(self.reader()).await?;
        let repairs = repair_stats::count(self, now).await?;
        let mut change = self.change().await?;
        let today = day(now);
        sqlx::query("DELETE FROM snapshots WHERE day = $1").bind(today.clone()).execute(&mut *change).await?;
        let mut accounts = 0;
        for (bank, state, count) in states {
            accounts += count;
            let enter = "INSERT INTO snapshots (day, institution_name, state, accounts, counted_at) VALUES ($1, $2, $3, $4, $5)";
            let enter = sqlx::query(enter).bind(today.clone()).bind(bank).bind(state).bind(count);
            enter.bind(now.as_millisecond()).execute(&mut *change).await?;
        }
        repair_stats::enter(&mut change, &repairs).await?;
        change.commit().await?;
        Ok(accounts)
    }

    /// Returns the newest count.
    pub(crate) async fn tally(&self) -> Result<ConnectionCounts, StoreError> {
        let rows = sqlx::query(
            "SELECT institution_name, state, accounts, counted_at FROM snapshots \
             WHERE day = (SELECT MAX(day) FROM snapshots)",
        );
        let mut tally = ConnectionCounts::default();
        for row in rows.fetch_all(self.reader()).await? {
            tally.counted_at = Some(time(row.try_get("counted_at")?)?);
            tally.accounts.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
        }
        Ok(tally)
    }

    /// Returns the number of accounts by day and state since then, at one bank or all.
    pub(crate) async fn states_by_day(
        &self,
        since: Timestamp,
        bank: Option<&str>,
    ) -> Result<BTreeMap<String, BTreeMap<String, i64>>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT day, state, CAST(SUM(accounts) AS BIGINT) FROM snapshots \
             WHERE day >= $1 AND ($2 = '' OR institution_name = $2) GROUP BY day, state",
        )
        .bind(day(since))
        .bind(bank.unwrap_or_default().to_owned())
        .fetch_all(self.reader())
        .await?;
        let mut days: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        for (day, state, accounts) in rows {
            days.entry(day).or_default().insert(state, accounts);
        }
        Ok(days)
    }
}

/// Returns the day, in UTC, as it is stored.
pub(crate) fn day(at: Timestamp) -> String {
    let day: Date = at.to_zoned(TimeZone::UTC).date();
    day.to_string()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::testing::both;

    #[tokio::test]
    async fn the_last_count_of_a_day_stays_and_days_follow_each_other() {
        let first = Timestamp::from_second(1_790_000_000).unwrap();
        let next = first + SignedDuration::from_hours(24);
        for test in both().await {
            let store = &test.store;
            let run = async |statement: &str| {
                let statement = sqlx::AssertSqlSafe(statement.to_owned());
                sqlx::query(statement).execute(&store.writer).await.unwrap();
            };
            let account = |id: u32, state: &str| {
                format!(
                    "INSERT INTO accounts (id, institution_name, state, account, as_of, read_at, changed_at, revision) \
                     VALUES ('fca_{id}', 'Alder', '{state}', '{{}}', 1, 1, 1, 1)"
                )
            };
            run(&account(1, "healthy")).await;
            run(&account(2, "healthy")).await;
            assert_eq!(store.count(first).await.unwrap(), 2);
            run("UPDATE accounts SET state = 'broken' WHERE id = 'fca_1'").await;
            store.count(first).await.unwrap();
            store.count(next).await.unwrap();
            let tally = store.tally().await.unwrap();
            assert_eq!((tally.counted_at, tally.of(None, None)), (Some(next), 2));
            assert_eq!(tally.of(Some("broken"), Some("Alder")), 1);
            assert_eq!(tally.of(Some("broken"), Some("Birch")), 0);
            assert_eq!(tally.banks(), ["Alder"]);
            assert_eq!(tally.largest(1), ["Alder"]);
            assert!(tally.largest(0).is_empty());
            let days = store.states_by_day(first, None).await.unwrap();
            assert_eq!(days.len(), 2);
            assert!(days.values().all(|states| states["broken"] == 1 && states["healthy"] == 1));
        }
    }
}

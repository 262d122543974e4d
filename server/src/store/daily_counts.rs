//! Account counts for the console. They are made in the background, so that no page waits for a count of all accounts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sqlx::Row;

use super::accounts::time;
use super::{Store, StoreError};

/// Newest count of accounts by bank and state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionCounts {
    pub(crate) counted_at: Option<Timestamp>,
    /// Number of accounts by bank and state.
    pub(crate) accounts: BTreeMap<(String, String), i64>,
    /// Further figures by name and bank; an empty bank stands for all.
    pub(crate) figures: BTreeMap<(String, String), i64>,
}

/// Figure of a day that is no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Customers with a broken connection.
    CustomersBroken,
    /// Expiring connections that end within 7 days.
    Ending7,
    /// Expiring connections that end within 30 days.
    Ending30,
}

impl Figure {
    /// Returns the name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::CustomersBroken => "customers_broken",
            Self::Ending7 => "ending_7",
            Self::Ending30 => "ending_30",
        }
    }
}

/// Begins the names of figures that count a cause.
const CAUSE: &str = "cause.";

impl ConnectionCounts {
    /// Returns the number of accounts in this state, at this bank; `None` stands for all.
    pub(crate) fn of(&self, state: Option<&str>, bank: Option<&str>) -> i64 {
        let matching = self.accounts.iter().filter(|((a_bank, a_state), _)| {
            bank.is_none_or(|bank| bank == a_bank) && state.is_none_or(|state| state == a_state)
        });
        matching.map(|(_, accounts)| accounts).sum()
    }

    /// Returns a figure at one bank or all; `None` if it was not counted.
    pub(crate) fn figure(&self, figure: Figure, bank: Option<&str>) -> Option<i64> {
        let name = figure.as_str();
        let of_figure = || self.figures.iter().filter(|((other, _), _)| other == name);
        of_figure().next()?;
        // Customers of several banks are counted once in the figure of all banks; the others are sums.
        let is_meant = |of_bank: &str| match (figure, bank) {
            (_, Some(bank)) => of_bank == bank,
            (Figure::CustomersBroken, None) => of_bank.is_empty(),
            (Figure::Ending7 | Figure::Ending30, None) => true,
        };
        Some(of_figure().filter(|((_, of_bank), _)| is_meant(of_bank)).map(|(_, value)| value).sum())
    }

    /// Returns every cause that was counted.
    pub(crate) fn causes(&self) -> impl Iterator<Item = &str> {
        self.figures.keys().filter_map(|(name, _)| name.strip_prefix(CAUSE))
    }

    /// Returns the number of accounts by cause, at one bank or all, the most first.
    pub(crate) fn by_cause(&self, bank: Option<&str>) -> Vec<(&str, i64)> {
        let mut causes: BTreeMap<&str, i64> = BTreeMap::new();
        for ((name, of_bank), accounts) in &self.figures {
            if let Some(cause) = name.strip_prefix(CAUSE).filter(|_| bank.is_none_or(|bank| bank == of_bank))
            {
                *causes.entry(cause).or_default() += accounts;
            }
        }
        ranked(causes)
    }

    /// Returns the number of accounts in this state by bank, the most first.
    pub(crate) fn by_bank(&self, state: &str) -> Vec<(&str, i64)> {
        let of_state = self.accounts.iter().filter(|((_, a_state), _)| a_state == state);
        ranked(of_state.map(|((bank, _), accounts)| (bank.as_str(), *accounts)).collect())
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

fn ranked(counts: BTreeMap<&str, i64>) -> Vec<(&str, i64)> {
    let mut counts: Vec<(&str, i64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, accounts)| Reverse(*accounts));
    counts
}

impl Store {
    /// Counts everything and replaces earlier counts of the same day. Returns the number of accounts.
    pub(crate) async fn count(&self, now: Timestamp) -> Result<i64, StoreError> {
        let states =
            "SELECT institution_name, state, COUNT(*) FROM accounts GROUP BY institution_name, state";
        let states: Vec<(String, String, i64)> = sqlx::query_as(states).fetch_all(self.reader()).await?;
        let figures = self.count_figures(now).await?;
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
        sqlx::query("DELETE FROM daily_figures WHERE day = $1")
            .bind(today.clone())
            .execute(&mut *change)
            .await?;
        for (name, bank, value) in figures {
            let enter =
                "INSERT INTO daily_figures (day, name, institution_name, value) VALUES ($1, $2, $3, $4)";
            let enter = sqlx::query(enter).bind(today.clone()).bind(name).bind(bank).bind(value);
            enter.execute(&mut *change).await?;
        }
        change.commit().await?;
        Ok(accounts)
    }

    /// Counts what `snapshots` does not have: by name and bank.
    async fn count_figures(&self, now: Timestamp) -> Result<Vec<(String, String, i64)>, StoreError> {
        let mut figures = Vec::new();
        let name = |figure: Figure| figure.as_str().to_owned();
        let customers = "SELECT institution_name, COUNT(DISTINCT customer) FROM accounts WHERE state = 'broken' \
                         GROUP BY institution_name UNION ALL \
                         SELECT '', COUNT(DISTINCT customer) FROM accounts WHERE state = 'broken'";
        let customers: Vec<(String, i64)> = sqlx::query_as(customers).fetch_all(self.reader()).await?;
        figures
            .extend(customers.into_iter().map(|(bank, count)| (name(Figure::CustomersBroken), bank, count)));
        for (figure, days) in [(Figure::Ending7, 7), (Figure::Ending30, 30)] {
            let ending = "SELECT institution_name, COUNT(*) FROM accounts WHERE state = 'expiring' \
                          AND expires_on IS NOT NULL AND expires_on < $1 GROUP BY institution_name";
            let end = (now + SignedDuration::from_hours(days * 24)).as_second();
            let ending: Vec<(String, i64)> =
                sqlx::query_as(ending).bind(end).fetch_all(self.reader()).await?;
            figures.extend(ending.into_iter().map(|(bank, count)| (name(figure), bank, count)));
            // Shows that it was counted, where there is nothing to count.
            figures.push((name(figure), String::new(), 0));
        }
        let causes = "SELECT cause, institution_name, COUNT(*) FROM accounts WHERE cause IS NOT NULL \
                      AND state IN ('broken', 'unrepairable') GROUP BY cause, institution_name";
        let causes: Vec<(String, String, i64)> = sqlx::query_as(causes).fetch_all(self.reader()).await?;
        let named = |(cause, bank, count)| (format!("{CAUSE}{cause}"), bank, count);
        figures.extend(causes.into_iter().map(named));
        Ok(figures)
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
        let Some(at) = tally.counted_at else { return Ok(tally) };
        let figures = "SELECT name, institution_name, value FROM daily_figures WHERE day = $1";
        for row in sqlx::query(figures).bind(day(at)).fetch_all(self.reader()).await? {
            tally.figures.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
        }
        Ok(tally)
    }

    /// Returns a figure's value on each day from `from` on, at one bank or all.
    pub(crate) async fn figure_by_day(
        &self,
        figure: Figure,
        from: Timestamp,
        bank: Option<&str>,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        // Customers of several banks are counted once in the row of all banks; other figures are sums.
        let of_bank = match (figure, bank) {
            (_, Some(_)) => "institution_name = $3",
            (Figure::CustomersBroken, None) => "institution_name = '' AND $3 = ''",
            (Figure::Ending7 | Figure::Ending30, None) => "$3 = ''",
        };
        let statement = format!(
            "SELECT day, CAST(SUM(value) AS BIGINT) FROM daily_figures WHERE name = $1 AND day >= $2 \
             AND {of_bank} GROUP BY day"
        );
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(figure.as_str()).bind(day(from));
        let rows: Vec<(String, i64)> =
            rows.bind(bank.unwrap_or_default().to_owned()).fetch_all(self.reader()).await?;
        Ok(rows.into_iter().collect())
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

    #[tokio::test]
    async fn customers_are_counted_once_ends_by_their_window_and_causes_by_bank() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let account = |n: i64, bank: &str, customer: &str, state: &str, cause: &str, ends: Option<i64>| {
            let ends = ends.map_or("NULL".to_owned(), |days| (now.as_second() + days * 86_400).to_string());
            format!(
                "INSERT INTO accounts (id, customer, institution_name, state, cause, expires_on, account, as_of, read_at, \
                 changed_at, revision) VALUES ('fca_{n}', '{customer}', '{bank}', '{state}', {cause}, {ends}, '{{}}', 1, 1, 1, 1)"
            )
        };
        for test in both().await {
            let store = &test.store;
            assert_eq!(store.tally().await.unwrap().figure(Figure::Ending7, None), None, "unknown, not zero");
            for statement in [
                account(1, "Alder", "cus_1", "broken", "'access_expired'", None),
                account(2, "Birch", "cus_1", "broken", "'access_denied'", None),
                account(3, "Birch", "cus_2", "broken", "'access_denied'", None),
                account(4, "Birch", "cus_2", "unrepairable", "'account_closed'", None),
                account(5, "Alder", "cus_3", "expiring", "NULL", Some(6)),
                account(6, "Alder", "cus_3", "expiring", "NULL", Some(29)),
                account(7, "Alder", "cus_3", "expiring", "NULL", Some(31)),
            ] {
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&store.writer).await.unwrap();
            }
            store.count(now).await.unwrap();
            let tally = store.tally().await.unwrap();
            let figures = |bank| {
                [Figure::CustomersBroken, Figure::Ending7, Figure::Ending30].map(|of| tally.figure(of, bank))
            };
            assert_eq!(figures(None), [Some(2), Some(1), Some(2)]);
            assert_eq!(figures(Some("Birch")), [Some(2), Some(0), Some(0)]);
            assert_eq!(
                tally.by_cause(None),
                [("access_denied", 2), ("access_expired", 1), ("account_closed", 1)]
            );
            assert_eq!(tally.by_cause(Some("Alder")), [("access_expired", 1)]);
            assert_eq!(tally.by_bank("broken"), [("Birch", 2), ("Alder", 1)]);
            let by_day = async |figure, bank| store.figure_by_day(figure, now, bank).await.unwrap();
            assert_eq!(by_day(Figure::CustomersBroken, None).await, BTreeMap::from([(day(now), 2)]));
            assert_eq!(by_day(Figure::Ending30, None).await, BTreeMap::from([(day(now), 2)]));
            assert_eq!(by_day(Figure::CustomersBroken, Some("Alder")).await, BTreeMap::from([(day(now), 1)]));
        }
    }
}

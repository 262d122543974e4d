//! Results of relink requests by bank and by the day of the request; counted together with the accounts.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use sqlx::AnyConnection;

use super::accounts::time;
use super::daily_counts::day;
use super::{Store, StoreError};

/// Age up to which requests are counted again, because a customer can complete them for as long.
const COUNTED: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Number of days that are shown, including today.
pub(crate) const DAYS: i64 = 30;
/// Stands for all shown days, or for all banks.
const ALL: &str = "";

/// Results of some requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RepairStats {
    pub(crate) asked: i64,
    pub(crate) completed: i64,
    /// Median time from request to repair of the completed ones, in milliseconds.
    pub(crate) median: Option<i64>,
}

/// Requests that are counted together.
#[derive(Debug, Default)]
struct Group {
    asked: i64,
    waited: Vec<i64>,
}

impl Group {
    fn sum(mut self) -> RepairStats {
        self.waited.sort_unstable();
        let middle = self.waited.len().saturating_sub(1) / 2;
        let completed = i64::try_from(self.waited.len()).unwrap_or(i64::MAX);
        RepairStats { asked: self.asked, completed, median: self.waited.get(middle).copied() }
    }
}

/// Results by day and bank.
type Results = BTreeMap<(String, String), RepairStats>;

/// All results since a day, which replace the stored ones since then.
#[derive(Debug)]
pub(super) struct Counted {
    first: String,
    results: Results,
}

/// Counts by day, by bank, by both, and in total. Medians can't be combined, so each is computed from its own group.
pub(super) async fn count(store: &Store, now: Timestamp) -> Result<Counted, StoreError> {
    let statement = "SELECT requests.created_at, accounts.institution_name, \
                     CASE WHEN requests.state = 'completed' THEN requests.ended_at - requests.created_at END \
                     FROM requests JOIN accounts ON accounts.id = requests.account WHERE requests.created_at >= $1";
    let first = day(now - COUNTED);
    let shown = first_shown(now);
    // The first day is counted whole, whatever the time of day.
    let since = (now - COUNTED - SignedDuration::from_hours(24)).as_millisecond();
    let mut rows =
        sqlx::query_as::<_, (i64, String, Option<i64>)>(statement).bind(since).fetch(store.reader());
    let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
    while let Some((asked_at, bank, waited)) = rows.try_next().await? {
        let asked_on = day(time(asked_at)?);
        if asked_on < first {
            continue;
        }
        let days = [Some(ALL).filter(|_| asked_on >= shown), Some(&*asked_on)];
        for day in days.into_iter().flatten() {
            for bank in [&*bank, ALL] {
                let group = groups.entry((day.to_owned(), bank.to_owned())).or_default();
                group.asked += 1;
                group.waited.extend(waited);
            }
        }
    }
    Ok(Counted { first, results: groups.into_iter().map(|(of, group)| (of, group.sum())).collect() })
}

/// Stores the counts in the place of earlier ones. Most are unchanged and are not written again.
pub(super) async fn enter(change: &mut AnyConnection, counted: &Counted) -> Result<(), StoreError> {
    let Counted { first, results } = counted;
    let stored = stored(change, first).await?;
    for (day, bank) in stored.keys().filter(|of| !results.contains_key(*of)) {
        let remove = sqlx::query("DELETE FROM repairs WHERE day = $1 AND institution_name = $2");
        remove.bind(day.clone()).bind(bank.clone()).execute(&mut *change).await?;
    }
    for ((day, bank), repairs) in results.iter().filter(|(of, repairs)| stored.get(*of) != Some(*repairs)) {
        let enter = "INSERT INTO repairs (day, institution_name, asked, completed, median) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (day, institution_name) DO UPDATE SET asked = excluded.asked, \
                     completed = excluded.completed, median = excluded.median";
        let enter = sqlx::query(enter).bind(day.clone()).bind(bank.clone());
        let enter = enter.bind(repairs.asked).bind(repairs.completed).bind(repairs.median);
        enter.execute(&mut *change).await?;
    }
    Ok(())
}

/// Returns the stored results of all shown days together, and of each day since the first.
async fn stored(change: &mut AnyConnection, first: &str) -> Result<Results, StoreError> {
    let statement =
        "SELECT day, institution_name, asked, completed, median FROM repairs WHERE day = $1 OR day >= $2";
    let rows = sqlx::query_as(statement).bind(ALL).bind(first.to_owned());
    let rows: Vec<(String, String, i64, i64, Option<i64>)> = rows.fetch_all(change).await?;
    let result =
        |(day, bank, asked, completed, median)| ((day, bank), RepairStats { asked, completed, median });
    Ok(rows.into_iter().map(result).collect())
}

/// Returns the first of the days that are shown.
fn first_shown(now: Timestamp) -> String {
    day(now - SignedDuration::from_hours((DAYS - 1) * 24))
}

impl Store {
    /// Returns the results by shown day, at one bank or all.
    pub(crate) async fn repairs_by_day(
        &self,
        now: Timestamp,
        bank: Option<&str>,
    ) -> Result<BTreeMap<String, RepairStats>, StoreError> {
        let of = "day, asked, completed, median FROM repairs WHERE institution_name = $1 AND day >= $2";
        self.repairs(of, bank.unwrap_or(ALL), &first_shown(now)).await
    }

    /// Returns the results by bank; the total has an empty name.
    pub(crate) async fn repairs_by_bank(&self) -> Result<BTreeMap<String, RepairStats>, StoreError> {
        let of = "institution_name, asked, completed, median FROM repairs WHERE day = $1 AND institution_name >= $2";
        self.repairs(of, ALL, ALL).await
    }

    async fn repairs(
        &self,
        of: &str,
        first: &str,
        second: &str,
    ) -> Result<BTreeMap<String, RepairStats>, StoreError> {
        let statement = sqlx::AssertSqlSafe(format!("SELECT {of}"));
        let rows = sqlx::query_as(statement).bind(first.to_owned()).bind(second.to_owned());
        let rows: Vec<(String, i64, i64, Option<i64>)> = rows.fetch_all(self.reader()).await?;
        let repairs = |(of, asked, completed, median)| (of, RepairStats { asked, completed, median });
        Ok(rows.into_iter().map(repairs).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    #[tokio::test]
    async fn medians_are_right_by_day_by_bank_and_in_total() {
        let now = Timestamp::from_second(1_790_000_000).unwrap();
        let asked = |n: i64, account: &str, days_ago: i64, waited: Option<i64>| {
            let at = (now - SignedDuration::from_hours(24 * days_ago)).as_millisecond();
            let (state, end) =
                waited.map_or(("sent", "NULL".to_owned()), |waited| ("completed", (at + waited).to_string()));
            format!(
                "INSERT INTO requests (id, account, customer, delivery, language, reason, is_automatic, state, created_at, \
                 expires_at, ended_at) VALUES ('rlr_{n}', '{account}', 'c', 'link', 'en', 'inactive', 0, '{state}', {at}, {at}, {end})"
            )
        };
        for test in both().await {
            let store = &test.store;
            let run = async |statement: String| {
                sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&store.writer).await.unwrap();
            };
            for bank in ["Alder", "Birch"] {
                let statement = "INSERT INTO accounts (id, institution_name, state, account, as_of, read_at, changed_at, revision)";
                run(format!("{statement} VALUES ('fca_{bank}', '{bank}', 'healthy', '{{}}', 1, 1, 1, 1)"))
                    .await;
            }
            for (n, (bank, days_ago, waited)) in [
                ("Alder", 0, Some(1)),
                ("Alder", 0, Some(100)),
                ("Alder", 0, None),
                ("Alder", 1, Some(20)),
                ("Birch", 0, Some(30)),
                ("Birch", 30, Some(7)),
            ]
            .into_iter()
            .enumerate()
            {
                run(asked(i64::try_from(n).unwrap(), &format!("fca_{bank}"), days_ago, waited)).await;
            }
            // A second count does not add to the first, and replaces what has changed.
            store.count(now - SignedDuration::from_hours(24)).await.unwrap();
            store.count(now).await.unwrap();
            let some = |asked, completed, median| RepairStats { asked, completed, median };
            let banks = store.repairs_by_bank().await.unwrap();
            assert_eq!(banks["Alder"], some(4, 3, Some(20)));
            assert_eq!(banks["Birch"], some(1, 1, Some(30)), "30 days ago is not shown");
            assert_eq!(banks[ALL], some(5, 4, Some(20)));
            let days = store.repairs_by_day(now, None).await.unwrap();
            assert_eq!(days.len(), 2);
            assert_eq!(days[&day(now)], some(4, 3, Some(30)));
            let days = store.repairs_by_day(now, Some("Alder")).await.unwrap();
            assert_eq!(days[&day(now)], some(3, 2, Some(1)));
            // The median alone changes.
            run("UPDATE requests SET ended_at = ended_at + 1 WHERE id = 'rlr_0'".to_owned()).await;
            store.count(now).await.unwrap();
            let days = store.repairs_by_day(now, Some("Alder")).await.unwrap();
            assert_eq!(days[&day(now)], some(3, 2, Some(2)));
            // A bank whose only account was removed is no longer counted.
            run("DELETE FROM accounts WHERE id = 'fca_Birch'".to_owned()).await;
            store.count(now).await.unwrap();
            assert!(store.repairs_by_day(now, Some("Birch")).await.unwrap().is_empty());
            let banks = store.repairs_by_bank().await.unwrap();
            assert!(!banks.contains_key("Birch"));
            assert_eq!(banks[ALL], some(4, 3, Some(20)));
            assert_eq!(store.repairs_by_day(now, None).await.unwrap()[&day(now)], some(3, 2, Some(2)));
        }
    }
}

//! Batches of relink requests that an operator started together, and their progress.

use std::collections::BTreeMap;

use jiff::Timestamp;
use relink_protocol::{AccountId, StripeAccountId};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::time;
use super::encryption::{Listed, RowCipher, listed};
use super::json_columns::{from_json, from_word, json, word};
use super::{Store, StoreError, Transaction};
use crate::domain::data_keys::DataKeys;
use crate::domain::eligible::GivenReason;
use crate::domain::filter::Filter;
use crate::domain::sign_in::Operator;

/// Accounts of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredChosen", into = "StoredChosen")]
pub(crate) enum Chosen {
    Named(Vec<AccountId>),
    Matching(Filter),
}

/// Accounts of a batch as stored. The first release would pass over conditions that it does not know, and ask everybody, so
/// filters with such conditions have a name that it can't read: the batch waits for a server of this release.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredChosen {
    Named(Vec<AccountId>),
    Matching(Filter),
    MatchingHolders(Filter),
}

impl From<StoredChosen> for Chosen {
    fn from(stored: StoredChosen) -> Self {
        match stored {
            StoredChosen::Named(accounts) => Self::Named(accounts),
            StoredChosen::Matching(filter) | StoredChosen::MatchingHolders(filter) => Self::Matching(filter),
        }
    }
}

impl From<Chosen> for StoredChosen {
    fn from(chosen: Chosen) -> Self {
        match chosen {
            Chosen::Named(accounts) => Self::Named(accounts),
            Chosen::Matching(filter) if filter.is_about_holders() => Self::MatchingHolders(filter),
            Chosen::Matching(filter) => Self::Matching(filter),
        }
    }
}

/// A batch of relink requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) id: String,
    pub(crate) operator: Operator,
    pub(crate) chosen: Chosen,
    /// Reason of the requests, for accounts that work.
    pub(crate) reason: Option<GivenReason>,
    /// Position of the last account that was processed; empty at first.
    pub(crate) place: String,
    pub(crate) state: String,
    pub(crate) created_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

/// Result for one account of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BatchResult {
    pub(crate) account: AccountId,
    /// `asked`, the rule that refused the account, or `failed`.
    pub(crate) result: String,
    /// Identifier of the relink request, if one was made.
    pub(crate) request: Option<String>,
}

const OPERATOR: &str = "batches.operator";
const CHOSEN: &str = "batches.chosen";

const COLUMNS: &str = "id, operator, chosen, reason, place, state, created_at, ended_at";

/// Inserts a new batch.
pub(crate) async fn enter(change: &mut Transaction, batch: &Batch) -> Result<(), StoreError> {
    let key = [batch.id.as_str()];
    let cipher = RowCipher::new(change.data_keys(), &key);
    let operator = cipher.seal(OPERATOR, &json(&batch.operator, OPERATOR)?)?;
    let chosen = cipher.seal(CHOSEN, &json(&batch.chosen, CHOSEN)?)?;
    sqlx::query(
        "INSERT INTO batches (id, operator, chosen, reason, place, state, created_at) \
         VALUES ($1, $2, $3, $4, '', $5, $6)",
    )
    .bind(batch.id.clone())
    .bind(operator)
    .bind(chosen)
    .bind(batch.reason.as_ref().map(|reason| word(reason, "batches.reason")).transpose()?)
    .bind(batch.state.clone())
    .bind(batch.created_at.as_millisecond())
    .execute(change)
    .await?;
    Ok(())
}

impl Store {
    /// Returns the batch with this identifier.
    pub(crate) async fn batch(&self, id: &str) -> Result<Option<Batch>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM batches WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id.to_owned());
        row.fetch_optional(self.reader()).await?.map(|row| batch(self.data_keys(), &row)).transpose()
    }

    /// Returns at most `most` batches, newest first, optionally older than `before`; with a connected account only those that
    /// have dealt with accounts of its customers.
    pub(crate) async fn batches(
        &self,
        before: Option<&str>,
        stripe_account: Option<&StripeAccountId>,
        most: i64,
    ) -> Result<Listed<Batch>, StoreError> {
        let narrow = stripe_account.map_or("", |_| {
            " AND EXISTS (SELECT 1 FROM batch_results AS b WHERE b.batch = batches.id AND b.stripe_account = $3)"
        });
        let statement =
            format!("SELECT {COLUMNS} FROM batches WHERE id < $1{narrow} ORDER BY id DESC LIMIT $2");
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(statement));
        rows = rows.bind(before.unwrap_or("bat_g").to_owned()).bind(most);
        if let Some(account) = stripe_account {
            rows = rows.bind(account.to_string());
        }
        let rows = rows.fetch_all(self.reader()).await?;
        listed(&rows, "id", |row| batch(self.data_keys(), row))
    }

    /// Returns the number of accounts for each result.
    pub(crate) async fn batch_counts(&self, id: &str) -> Result<BTreeMap<String, i64>, StoreError> {
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT result, accounts FROM batch_counts WHERE batch = $1")
                .bind(id.to_owned())
                .fetch_all(self.reader())
                .await?;
        Ok(counts.into_iter().collect())
    }

    /// Moves the batch past a piece with these results, or ends it if `place` is `None`. Returns false if another
    /// server has done that already, or the batch was stopped.
    pub(crate) async fn advance_batch(
        &self,
        batch: &Batch,
        place: Option<&str>,
        results: &[BatchResult],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let moved = if let Some(place) = place {
            let to = "UPDATE batches SET place = $1 WHERE id = $2 AND place = $3 AND state = 'running'";
            sqlx::query(to).bind(place.to_owned())
        } else {
            let to = "UPDATE batches SET state = 'done', ended_at = $1 WHERE id = $2 AND place = $3 AND state = 'running'";
            sqlx::query(to).bind(now.as_millisecond())
        };
        let moved = moved.bind(batch.id.clone()).bind(batch.place.clone()).execute(&mut *change).await?;
        if moved.rows_affected() == 0 {
            change.rollback().await?;
            return Ok(false);
        }
        let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
        for BatchResult { account, result, request } in results {
            *counts.entry(result).or_default() += 1;
            let enter = "INSERT INTO batch_results (batch, account, result, request, stripe_account) \
                         VALUES ($1, $2, $3, $4, $5) \
                         ON CONFLICT (batch, account) DO UPDATE SET result = excluded.result, request = excluded.request";
            let enter = sqlx::query(enter).bind(batch.id.clone()).bind(account.to_string());
            let enter = enter.bind(result.clone()).bind(request.clone());
            enter.bind(account.stripe_account().map(String::from)).execute(&mut *change).await?;
        }
        for (result, accounts) in counts {
            let add = "INSERT INTO batch_counts (batch, result, accounts) VALUES ($1, $2, $3) \
                       ON CONFLICT (batch, result) DO UPDATE SET accounts = batch_counts.accounts + excluded.accounts";
            let add = sqlx::query(add).bind(batch.id.clone()).bind(result.to_owned()).bind(accounts);
            add.execute(&mut *change).await?;
        }
        change.commit().await?;
        Ok(true)
    }
}

/// Lets a batch begin that waits for a second operator. Returns true if it did wait.
pub(crate) async fn approve(change: &mut Transaction, id: &str) -> Result<bool, StoreError> {
    let approve = "UPDATE batches SET state = 'running' WHERE id = $1 AND state = 'waiting'";
    Ok(sqlx::query(approve).bind(id.to_owned()).execute(change).await?.rows_affected() > 0)
}

/// Stops the batch, so that no further request is sent. Returns true if it was running, or waited for approval.
pub(crate) async fn stop(change: &mut Transaction, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let stop = "UPDATE batches SET state = 'stopped', ended_at = $1 WHERE id = $2 AND state IN ('running', 'waiting')";
    let stopped = sqlx::query(stop).bind(now.as_millisecond()).bind(id.to_owned()).execute(change).await?;
    Ok(stopped.rows_affected() > 0)
}

fn batch(keys: &DataKeys, row: &AnyRow) -> Result<Batch, StoreError> {
    let key = [row.try_get("id")?];
    let cipher = RowCipher::new(keys, &key);
    let operator = cipher.open(OPERATOR, row.try_get("operator")?)?;
    let chosen = cipher.open(CHOSEN, row.try_get("chosen")?)?;
    let reason: Option<String> = row.try_get("reason")?;
    Ok(Batch {
        id: row.try_get("id")?,
        operator: from_json(&operator, OPERATOR)?,
        chosen: from_json(&chosen, CHOSEN)?,
        reason: reason.as_deref().map(|reason| from_word(reason, "batches.reason")).transpose()?,
        place: row.try_get("place")?,
        state: row.try_get("state")?,
        created_at: time(row.try_get("created_at")?)?,
        ended_at: row.try_get::<Option<i64>, _>("ended_at")?.map(time).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    #[test]
    fn conditions_that_the_first_release_does_not_know_are_stored_under_a_name_that_it_does_not_know() {
        let of_account = Filter { stripe_account: Some("acct_1".parse().unwrap()), ..Filter::default() };
        for (filter, name) in [(Filter::default(), "matching"), (of_account, "matching_holders")] {
            let chosen = Chosen::Matching(filter);
            let stored = serde_json::to_value(&chosen).unwrap();
            assert!(stored.get(name).is_some(), "{stored}");
            assert_eq!(serde_json::from_value::<Chosen>(stored).unwrap(), chosen);
        }
    }

    #[tokio::test]
    async fn a_piece_counts_once_and_a_stopped_batch_goes_no_further() {
        let now = Timestamp::from_second(1000).unwrap();
        for test in both().await {
            let store = &test.store;
            let new = Batch {
                id: "bat_1".to_owned(),
                operator: Operator::Key { key: "key_1".to_owned() },
                chosen: Chosen::Matching(Filter::default()),
                reason: Some(GivenReason::PermissionsChanged),
                place: String::new(),
                state: "running".to_owned(),
                created_at: now,
                ended_at: None,
            };
            let mut change = store.change().await.unwrap();
            enter(&mut change, &new).await.unwrap();
            change.commit().await.unwrap();
            assert_eq!(store.batch("bat_1").await.unwrap(), Some(new.clone()));
            let result = |account: &str| BatchResult {
                account: account.parse().unwrap(),
                result: "asked".to_owned(),
                request: None,
            };
            let results = ["fca_1", "acct_Potter.fca_2"].map(result);
            assert!(store.advance_batch(&new, Some("a"), &results, now).await.unwrap());
            assert!(!store.advance_batch(&new, Some("a"), &results, now).await.unwrap(), "once");
            let counts = BTreeMap::from([("asked".to_owned(), 2)]);
            assert_eq!(store.batch_counts("bat_1").await.unwrap(), counts);
            let mut change = store.change().await.unwrap();
            assert!(stop(&mut change, "bat_1", now).await.unwrap());
            assert!(!stop(&mut change, "bat_1", now).await.unwrap());
            change.commit().await.unwrap();
            for (account, expected) in [("acct_Potter", 1), ("acct_Weaver", 0)] {
                let account = account.parse().unwrap();
                let of_account = store.batches(None, Some(&account), 5).await.unwrap();
                let accounts = store.batch_accounts("bat_1", None, Some(&account), "", 5).await.unwrap();
                assert_eq!((of_account.len(), accounts.len()), (expected, expected), "{account}");
            }
            let stopped = store.batches(None, None, 5).await.unwrap().remove(0).unwrap();
            assert_eq!((stopped.place.as_str(), stopped.state.as_str()), ("a", "stopped"));
            assert!(!store.advance_batch(&stopped, None, &results, now).await.unwrap());
        }
    }
}

//! Results of relink requests: of the latest one about each account, of a batch, and of a period.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use relink_protocol::{AccountId, StripeAccountId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{COLUMNS, request, with};
use crate::domain::connection::StoredAccount;
use crate::domain::relink_request::Request;
use crate::domain::request_result::{RequestGroup, RequestResult, Stage};
use crate::store::accounts::{COLUMNS as ACCOUNT, kept, time};
use crate::store::batches::BatchResult;
use crate::store::encryption::{Listed, listed};
use crate::store::json_columns::from_word;
use crate::store::{Store, StoreError, rows};

/// Account of a batch with its latest state and its request.
#[derive(Clone, Debug)]
pub(crate) struct BatchRow {
    pub(crate) result: BatchResult,
    /// The account as it is now; `None` if Stripe no longer knows it.
    pub(crate) kept: Option<StoredAccount>,
    pub(crate) request: Option<Request>,
}

/// Request of a period, as reports count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportRow {
    pub(crate) created_at: Timestamp,
    pub(crate) bank: String,
    pub(crate) group: RequestGroup,
    /// Time from request to repair, in milliseconds; `None` without a repair.
    pub(crate) waited: Option<i64>,
}

/// Results of a batch so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchTotals {
    pub(crate) asked: i64,
    pub(crate) opened: i64,
    pub(crate) repaired: i64,
}

/// Columns that make a [`RequestGroup`], of a request `r`. The last attempt counts only where it explains something.
const PROGRESS: &str = "r.state, CASE WHEN r.sent_at IS NULL THEN 0 ELSE 1 END AS is_sent, \
     CASE WHEN r.opened_at IS NULL THEN 0 ELSE 1 END AS is_opened, \
     CASE WHEN r.began_at IS NULL THEN 0 ELSE 1 END AS has_begun, \
     CASE WHEN r.state = 'created' AND EXISTS (SELECT 1 FROM mails WHERE mails.request = r.id \
     AND mails.state = 'unknown') THEN 1 ELSE 0 END AS is_mail_lost, r.failure, \
     CASE WHEN r.began_at IS NOT NULL AND r.state <> 'completed' THEN (SELECT attempts.outcome FROM attempts \
     WHERE attempts.customer = r.customer AND attempts.account = r.account AND attempts.started_at >= r.created_at \
     ORDER BY attempts.started_at DESC LIMIT 1) END AS outcome";

impl Store {
    /// Returns the latest request about each of these accounts.
    pub(crate) async fn latest_requests(
        &self,
        accounts: impl IntoIterator<Item = &AccountId>,
    ) -> Result<HashMap<AccountId, Request>, StoreError> {
        let accounts: Vec<String> = accounts.into_iter().map(ToString::to_string).collect();
        let mut latest = HashMap::new();
        for accounts in accounts.chunks(500) {
            let statement = format!(
                "SELECT {COLUMNS} FROM requests WHERE id IN \
                 (SELECT MAX(id) FROM requests WHERE account IN {} GROUP BY account)",
                rows(self.engine(), 1, accounts.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for account in accounts {
                query = query.bind(account.clone());
            }
            for row in &query.fetch_all(self.reader()).await? {
                let request = match request(self.data_keys(), row) {
                    // Its time and result are shown, which are in clear text.
                    Err(error) if error.is_of_encryption() => with(row, None, None)?,
                    request => request?,
                };
                latest.insert(request.account.clone(), request);
            }
        }
        Ok(latest)
    }

    /// Returns the progress of a batch's requests, counted by what they have in common.
    pub(crate) async fn batch_progress(&self, batch: &str) -> Result<Vec<RequestGroup>, StoreError> {
        let statement = format!(
            "SELECT state, is_sent, is_opened, has_begun, is_mail_lost, failure, outcome, COUNT(*) AS requests \
             FROM (SELECT {PROGRESS} FROM batch_results AS b JOIN requests AS r ON r.id = b.request \
             WHERE b.batch = $1) AS p GROUP BY state, is_sent, is_opened, has_begun, is_mail_lost, failure, outcome"
        );
        let rows =
            sqlx::query(AssertSqlSafe(statement)).bind(batch.to_owned()).fetch_all(self.reader()).await?;
        rows.iter().map(|row| group(row, row.try_get("requests")?)).collect()
    }

    /// Returns the results of these batches; none of a batch whose accounts were not kept. With a connected account only the
    /// accounts of its customers count.
    pub(crate) async fn batch_totals(
        &self,
        batches: impl IntoIterator<Item = &str>,
        stripe_account: Option<&StripeAccountId>,
    ) -> Result<HashMap<String, BatchTotals>, StoreError> {
        let batches: Vec<String> = batches.into_iter().map(str::to_owned).collect();
        if batches.is_empty() {
            return Ok(HashMap::new());
        }
        let statement = format!(
            "SELECT b.batch, COUNT(r.id), COUNT(CASE WHEN r.opened_at IS NOT NULL THEN 1 END), \
             COUNT(CASE WHEN r.state = 'completed' THEN 1 END) FROM batch_results AS b \
             LEFT JOIN requests AS r ON r.id = b.request WHERE b.batch IN {}{} GROUP BY b.batch",
            rows(self.engine(), 1, batches.len()),
            stripe_account
                .map_or_else(String::new, |_| format!(" AND b.stripe_account = ${}", batches.len() + 1)),
        );
        let mut query = sqlx::query_as(AssertSqlSafe(statement));
        for batch in batches {
            query = query.bind(batch);
        }
        if let Some(account) = stripe_account {
            query = query.bind(account.to_string());
        }
        let totals: Vec<(String, i64, i64, i64)> = query.fetch_all(self.reader()).await?;
        let totals = totals.into_iter();
        Ok(totals
            .map(|(batch, asked, opened, repaired)| (batch, BatchTotals { asked, opened, repaired }))
            .collect())
    }

    /// Returns at most `most` accounts of a batch after this one, ordered by identifier; optionally only those whose
    /// request has this result, or that customers of this connected account hold.
    pub(crate) async fn batch_accounts(
        &self,
        batch: &str,
        result: Option<RequestResult>,
        stripe_account: Option<&StripeAccountId>,
        after: &str,
        most: i64,
    ) -> Result<Vec<BatchRow>, StoreError> {
        let mut narrow = result.map_or_else(String::new, |result| format!(" AND {}", condition(result, "r")));
        if stripe_account.is_some() {
            narrow.push_str(" AND b.stripe_account = $3");
        }
        let statement = format!(
            "SELECT b.account AS named, b.result, b.request FROM batch_results AS b \
             LEFT JOIN requests AS r ON r.id = b.request WHERE b.batch = $1 AND b.account > $2{narrow} \
             ORDER BY b.account LIMIT {most}"
        );
        let mut query = sqlx::query(AssertSqlSafe(statement)).bind(batch.to_owned()).bind(after.to_owned());
        if let Some(account) = stripe_account {
            query = query.bind(account.to_string());
        }
        let mut accounts = Vec::new();
        for row in &query.fetch_all(self.reader()).await? {
            let result = BatchResult {
                account: from_word(row.try_get("named")?, "batch_results.account")?,
                result: row.try_get("result")?,
                request: row.try_get("request")?,
            };
            let request = match &result.request {
                Some(id) => self.request(id).await?,
                None => None,
            };
            accounts.push(BatchRow { kept: self.account(&result.account).await?, result, request });
        }
        Ok(accounts)
    }

    /// Returns the requests that were made in a period, at one bank or all.
    pub(crate) async fn requests_between(
        &self,
        from: Timestamp,
        until: Timestamp,
        bank: Option<&str>,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let statement = format!(
            "SELECT r.created_at, a.institution_name, r.ended_at - r.created_at AS waited, {PROGRESS} \
             FROM requests AS r JOIN accounts AS a ON a.id = r.account \
             WHERE r.created_at >= $1 AND r.created_at < $2 AND ($3 = '' OR a.institution_name = $3)"
        );
        let query = sqlx::query(AssertSqlSafe(statement)).bind(from.as_millisecond());
        let query = query.bind(until.as_millisecond()).bind(bank.unwrap_or_default().to_owned());
        let mut rows = query.fetch(self.reader());
        let mut requests = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let group = group(&row, 1)?;
            let waited = row.try_get::<Option<i64>, _>("waited")?;
            requests.push(ReportRow {
                created_at: time(row.try_get("created_at")?)?,
                bank: row.try_get("institution_name")?,
                waited: waited.filter(|_| group.stage() == Stage::Repaired),
                group,
            });
        }
        Ok(requests)
    }

    /// Returns the requests about a customer's accounts, newest first, at most `most`.
    pub(crate) async fn accounts_and_requests(
        &self,
        customer: &str,
        most: i64,
    ) -> Result<(Listed<StoredAccount>, Listed<Request>), StoreError> {
        let accounts = format!("SELECT {ACCOUNT} FROM accounts WHERE customer = $1 ORDER BY id LIMIT {most}");
        let accounts = sqlx::query(AssertSqlSafe(accounts)).bind(customer.to_owned());
        let accounts = accounts.fetch_all(self.reader()).await?;
        let requests =
            format!("SELECT {COLUMNS} FROM requests WHERE customer = $1 ORDER BY id DESC LIMIT {most}");
        let requests = sqlx::query(AssertSqlSafe(requests)).bind(customer.to_owned());
        let requests = requests.fetch_all(self.reader()).await?;
        Ok((
            listed(&accounts, "id", |row| kept(self.data_keys(), row))?,
            listed(&requests, "id", |row| request(self.data_keys(), row))?,
        ))
    }
}

/// Returns the condition that a request named `alias` has this result.
pub(crate) fn condition(result: RequestResult, alias: &str) -> String {
    let (states, has_begun) = result.states();
    let states: Vec<String> = states.iter().map(|state| format!("'{}'", state.as_str())).collect();
    let begun = match has_begun {
        Some(true) => format!(" AND {alias}.began_at IS NOT NULL"),
        Some(false) => format!(" AND {alias}.began_at IS NULL"),
        None => String::new(),
    };
    if states.is_empty() {
        return format!("{alias}.id IS NULL");
    }
    format!("{alias}.state IN ({}){begun}", states.join(", "))
}

fn group(row: &AnyRow, requests: i64) -> Result<RequestGroup, StoreError> {
    let is = |column: &str| Ok::<_, StoreError>(row.try_get::<i64, _>(column)? != 0);
    Ok(RequestGroup {
        state: from_word(row.try_get("state")?, "requests.state")?,
        furthest: Stage::furthest(is("is_sent")?, is("is_opened")?, is("has_begun")?),
        is_opened: is("is_opened")?,
        is_mail_lost: is("is_mail_lost")?,
        failure: row.try_get("failure")?,
        outcome: row.try_get("outcome")?,
        requests,
    })
}

#[cfg(test)]
mod tests;

//! Merchant events as operators see them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use utoipa::ToSchema;

use super::super::{Store, StoreError};
use super::payload;

/// Delivery state of a merchant event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryState)]
pub(crate) enum State {
    /// Not sent yet, or to be retried.
    Pending,
    Delivered,
    /// Given up.
    Failed,
}

impl State {
    /// Returns the state as an SQL condition; for the two rare states it is that of a partial index.
    fn condition(self) -> &'static str {
        match self {
            Self::Pending => "delivered_at IS NULL AND failed_at IS NULL",
            Self::Delivered => "delivered_at IS NOT NULL",
            Self::Failed => "failed_at IS NOT NULL",
        }
    }
}

/// A merchant event and its delivery. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MerchantEventDelivery)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Account or session that the event is about.
    pub(crate) subject: String,
    pub(crate) state: State,
    pub(crate) tries: i64,
    pub(crate) created_at: i64,
    pub(crate) next_try_at: Option<i64>,
    pub(crate) delivered_at: Option<i64>,
    pub(crate) failed_at: Option<i64>,
    /// HTTP status of the last response.
    pub(crate) last_status: Option<i64>,
    /// Error in our words, without any part of a response's body.
    pub(crate) last_error: Option<String>,
}

/// Number of events by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeliveryTotals)]
pub(crate) struct Totals {
    pub(crate) pending: i64,
    /// Number of pending events that are due or being sent.
    pub(crate) due: i64,
    /// Creation time of the oldest pending event, in seconds since 1970.
    pub(crate) oldest_pending: Option<i64>,
    pub(crate) failed: i64,
}

const COLUMNS: &str =
    "id, type, subject, created_at, due, tries, delivered_at, failed_at, last_status, last_error";

impl Store {
    /// Returns events, the newest first (identifiers are in order of time), after `after` if given. Decrypts nothing, so that
    /// those whose payload can't be decrypted are listed, too; their last error says so.
    pub(crate) async fn deliveries(
        &self,
        state: Option<State>,
        after: Option<&str>,
        most: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut statement = format!("SELECT {COLUMNS} FROM deliveries WHERE id < $1");
        if let Some(state) = state {
            statement.push_str(" AND ");
            statement.push_str(state.condition());
        }
        statement.push_str(" ORDER BY id DESC LIMIT $2");
        let rows =
            sqlx::query(AssertSqlSafe(statement)).bind(after.unwrap_or(BEYOND_ALL).to_owned()).bind(most);
        rows.fetch_all(self.reader()).await?.iter().map(delivery).collect()
    }

    /// Returns one event, and its payload as it is sent; JSON.
    pub(crate) async fn delivery(&self, id: &str) -> Result<Option<(Delivery, String)>, StoreError> {
        let statement = format!("SELECT {COLUMNS}, payload FROM deliveries WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(statement)).bind(id.to_owned());
        let row = row.fetch_optional(self.reader()).await?;
        row.map(|row| Ok((delivery(&row)?, payload(self.data_keys(), &row)?))).transpose()
    }

    /// Counts the events that have not been delivered.
    pub(crate) async fn delivery_totals(&self, now: Timestamp) -> Result<Totals, StoreError> {
        let count =
            |what: &str, state: State| format!("SELECT {what} FROM deliveries WHERE {}", state.condition());
        let what = "COUNT(*), MIN(created_at), COUNT(CASE WHEN due <= $1 THEN 1 END)";
        let pending = sqlx::query(AssertSqlSafe(count(what, State::Pending))).bind(now.as_millisecond());
        let pending = pending.fetch_one(self.reader()).await?;
        let failed = sqlx::query(AssertSqlSafe(count("COUNT(*)", State::Failed)));
        let failed = failed.fetch_one(self.reader()).await?;
        let oldest: Option<i64> = pending.try_get(1)?;
        Ok(Totals {
            pending: pending.try_get(0)?,
            due: pending.try_get(2)?,
            oldest_pending: oldest.map(seconds),
            failed: failed.try_get(0)?,
        })
    }
}

/// Sorts after every identifier, in any collation.
const BEYOND_ALL: &str = "zzzz";

fn delivery(row: &AnyRow) -> Result<Delivery, StoreError> {
    let delivered_at: Option<i64> = row.try_get("delivered_at")?;
    let failed_at: Option<i64> = row.try_get("failed_at")?;
    let due: i64 = row.try_get("due")?;
    let state = match (delivered_at, failed_at) {
        (Some(_), _) => State::Delivered,
        (None, Some(_)) => State::Failed,
        (None, None) => State::Pending,
    };
    Ok(Delivery {
        id: row.try_get("id")?,
        kind: row.try_get("type")?,
        subject: row.try_get("subject")?,
        state,
        tries: row.try_get("tries")?,
        created_at: seconds(row.try_get("created_at")?),
        next_try_at: (state == State::Pending).then(|| seconds(due)),
        delivered_at: delivered_at.map(seconds),
        failed_at: failed_at.map(seconds),
        last_status: row.try_get("last_status")?,
        last_error: row.try_get("last_error")?,
    })
}

fn seconds(milliseconds: i64) -> i64 {
    Timestamp::from_millisecond(milliseconds).map_or(0, Timestamp::as_second)
}

//! History of one account: Stripe's events, audit entries and emails, the newest first.

use std::cmp::{Ordering, Reverse};

use jiff::Timestamp;
use relink_protocol::AccountId;
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::time;
use super::audit::{unreadable, unsalted};
use super::encryption::RowCipher;
use super::json_columns::from_json;
use super::{Store, StoreError};
use crate::domain::data_keys::DataKeys;

/// One entry of the history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HistoryEntry {
    pub(crate) at: Timestamp,
    pub(crate) id: String,
    pub(crate) what: What,
}

/// Kind and content of an entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// An event from Stripe.
    Event { kind: String, source: String },
    /// An action from the audit trail.
    Deed { actor: Value, action: String, session: Option<String>, detail: Value },
    /// An email and its latest state.
    Mail { request: String, state: String, error: Option<String> },
}

impl What {
    /// Position of this kind among entries of the same millisecond.
    pub(crate) fn rank(&self) -> i64 {
        match self {
            Self::Mail { .. } => 0,
            Self::Deed { .. } => 1,
            Self::Event { .. } => 2,
        }
    }
}

/// Cursor: the entry after which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HistoryCursor {
    pub(crate) at: i64,
    pub(crate) rank: i64,
    pub(crate) id: String,
}

impl HistoryCursor {
    /// Returns the cursor of the first page.
    pub(crate) fn now() -> Self {
        Self { at: i64::MAX, rank: 0, id: String::new() }
    }

    /// Returns the cursor after this entry.
    pub(crate) fn behind(last: &HistoryEntry) -> Self {
        Self { at: last.at.as_millisecond(), rank: last.what.rank(), id: last.id.clone() }
    }

    /// Returns the cursor for one kind. Identifiers are compared only within a kind, and only by the database, because
    /// each database has its own order for them.
    fn of(&self, rank: i64) -> (i64, &str) {
        match rank.cmp(&self.rank) {
            Ordering::Less => (self.at, ""),
            Ordering::Equal => (self.at, &self.id),
            Ordering::Greater => (self.at.saturating_add(1), ""),
        }
    }
}

/// Query of a kind, and the parser of its rows.
type Source = (&'static str, fn(&DataKeys, &AnyRow) -> Result<What, StoreError>);

const EVENTS: &str = "SELECT received_at AS at, id, type AS a, source AS b, NULL AS c, NULL AS d FROM events \
                      WHERE subject = $1 AND (received_at, id) < ($2, $3) ORDER BY received_at DESC, id DESC LIMIT $4";
const DEEDS: &str = "SELECT at, id, actor AS a, action AS b, session AS c, detail AS d FROM audit \
                     WHERE account = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4";
const MAILS: &str = "SELECT changed_at AS at, mails.request AS id, mails.state AS a, mails.error AS b, NULL AS c, NULL AS d \
                     FROM mails JOIN requests ON requests.id = mails.request WHERE requests.account = $1 \
                     AND (changed_at, mails.request) < ($2, $3) ORDER BY changed_at DESC, mails.request DESC LIMIT $4";

impl Store {
    /// Returns at most `most` entries after the cursor.
    pub(crate) async fn history(
        &self,
        account: &AccountId,
        before: &HistoryCursor,
        most: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let mut all = Vec::new();
        let sources: [Source; 3] = [(MAILS, mail), (DEEDS, deed), (EVENTS, event)];
        for (rank, (statement, what)) in (0..).zip(sources) {
            let (at, id) = before.of(rank);
            let rows = sqlx::query(statement)
                .bind(account.to_string())
                .bind(at)
                .bind(id.to_owned())
                .bind(i64::try_from(most).unwrap_or(i64::MAX))
                .fetch_all(self.reader())
                .await?;
            for row in &rows {
                let at = time(row.try_get("at")?)?;
                all.push(HistoryEntry { at, id: row.try_get("id")?, what: what(self.data_keys(), row)? });
            }
        }
        // The sort is stable, so each kind keeps its order.
        all.sort_by_key(|one| (Reverse(one.at), one.what.rank()));
        all.truncate(most);
        Ok(all)
    }
}

fn event(_: &DataKeys, row: &AnyRow) -> Result<What, StoreError> {
    Ok(What::Event { kind: row.try_get("a")?, source: row.try_get("b")? })
}

fn deed(keys: &DataKeys, row: &AnyRow) -> Result<What, StoreError> {
    let key = [row.try_get("id")?];
    let cipher = RowCipher::new(keys, &key);
    let (sealed_actor, sealed_detail) = (row.try_get("a")?, row.try_get("d")?);
    let texts = cipher.open("audit.actor", sealed_actor);
    let texts = texts.and_then(|actor| Ok((actor, cipher.open("audit.detail", sealed_detail)?)));
    let (actor, detail) = match texts {
        Ok((actor, detail)) => {
            (from_json(&actor, "audit.actor")?, unsalted(from_json(&detail, "audit.detail")?))
        }
        Err(error) if error.is_of_encryption() => unreadable(&error),
        Err(error) => return Err(error),
    };
    Ok(What::Deed { actor, action: row.try_get("b")?, session: row.try_get("c")?, detail })
}

fn mail(_: &DataKeys, row: &AnyRow) -> Result<What, StoreError> {
    Ok(What::Mail { request: row.try_get("id")?, state: row.try_get("a")?, error: row.try_get("b")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    #[tokio::test]
    async fn events_deeds_and_mails_of_one_account_stand_in_the_order_of_time_page_after_page() {
        for test in both().await {
            let store = &test.store;
            let mut change = store.change().await.unwrap();
            for statement in [
                "INSERT INTO events (id, type, subject, created, received_at, source) VALUES ('evt_1', 't', 'fca_1', 1, 10, 'webhook')",
                "INSERT INTO events (id, type, subject, created, received_at, source) VALUES ('evt_2', 't', 'fca_2', 1, 11, 'webhook')",
                "INSERT INTO audit (id, at, actor, action, account, detail) VALUES ('aud_1', 20, '{\"type\":\"server\"}', 'x', 'fca_1', 'null')",
                "INSERT INTO audit (id, at, actor, action, account, detail) VALUES ('aud_2', 30, '{\"type\":\"server\"}', 'x', 'fca_1', 'null')",
                "INSERT INTO requests (id, account, customer, delivery, language, reason, is_automatic, state, created_at, expires_at) \
                 VALUES ('rlr_1', 'fca_1', 'cus_1', 'email', 'en', 'inactive', 0, 'sent', 1, 2)",
                "INSERT INTO events (id, type, subject, created, received_at, source) VALUES ('evt_3', 't', 'fca_1', 1, 30, 'webhook')",
                "INSERT INTO mails (request, state, tries, changed_at) VALUES ('rlr_1', 'sent', 1, 30)",
            ] {
                sqlx::query(statement).execute(&mut *change).await.unwrap();
            }
            change.commit().await.unwrap();
            let account = "fca_1".parse().unwrap();
            let (mut seen, mut before) = (Vec::new(), HistoryCursor::now());
            loop {
                let page = store.history(&account, &before, 1).await.unwrap();
                let Some(one) = page.first() else { break };
                before = HistoryCursor::behind(one);
                seen.push(one.id.clone());
            }
            assert_eq!(seen, ["rlr_1", "aud_2", "evt_3", "aud_1", "evt_1"]);
        }
    }
}

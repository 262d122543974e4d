//! Who did what. Rows are entered in the change that they tell of, and never changed.

use jiff::Timestamp;
use relink_protocol::{AccountId, CustomerId, SessionId};
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use uuid::Uuid;

use super::words::{from_json, json};
use super::{Store, StoreError};
use crate::domain::audit::Entry;

/// An entry as the merchant's back end reads it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Entered {
    pub(crate) id: String,
    /// In seconds since 1970.
    pub(crate) at: i64,
    pub(crate) actor: Value,
    pub(crate) action: String,
    pub(crate) customer: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) detail: Value,
}

/// What entries can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Customer,
    Session,
    Account,
}

impl Subject {
    /// What this is the name of.
    pub(crate) fn of(name: &str) -> Option<Self> {
        if CustomerId::try_from(name).is_ok() {
            Some(Self::Customer)
        } else if SessionId::try_from(name).is_ok() {
            Some(Self::Session)
        } else {
            AccountId::try_from(name).ok().map(|_| Self::Account)
        }
    }
}

/// Enters it. `id` is newer than those before it, so that their order is that of time.
pub(crate) async fn enter(
    change: &mut AnyConnection,
    entry: &Entry,
    id: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit (id, at, actor, action, customer, session, account, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(format!("aud_{}", id.simple()))
    .bind(now.as_millisecond())
    .bind(json(&entry.actor, "audit.actor")?)
    .bind(entry.action.as_str())
    .bind(entry.customer.as_ref().map(ToString::to_string))
    .bind(entry.session.as_ref().map(ToString::to_string))
    .bind(entry.account.as_ref().map(ToString::to_string))
    .bind(entry.detail.to_string())
    .execute(change)
    .await?;
    Ok(())
}

impl Store {
    /// Enters what changes nothing else.
    pub(crate) async fn enter_audit(
        &self,
        entry: &Entry,
        id: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        enter(&mut change, entry, id, now).await?;
        Ok(change.commit().await?)
    }

    /// So many entries at most, about this where it is named, older than that one where it is named; the newest first.
    pub(crate) async fn audit(
        &self,
        about: Option<(Subject, &str)>,
        before: Option<&str>,
        most: i64,
    ) -> Result<Vec<Entered>, StoreError> {
        let condition = match about {
            Some((Subject::Customer, _)) => "customer = $1",
            Some((Subject::Session, _)) => "session = $1",
            Some((Subject::Account, _)) => "account = $1",
            None => "$1 = ''",
        };
        let statement = format!(
            "SELECT id, at, actor, action, customer, session, account, detail FROM audit \
             WHERE {condition} AND id < $2 ORDER BY id DESC LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(about.map_or("", |(_, subject)| subject).to_owned())
            .bind(before.unwrap_or(AFTER_ALL).to_owned())
            .bind(most)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(entered).collect()
    }
}

/// Comes after every identifier.
const AFTER_ALL: &str = "aud_g";

fn entered(row: &AnyRow) -> Result<Entered, StoreError> {
    let at: i64 = row.try_get("at")?;
    Ok(Entered {
        id: row.try_get("id")?,
        at: at.div_euclid(1000),
        actor: from_json(row.try_get("actor")?, "audit.actor")?,
        action: row.try_get("action")?,
        customer: row.try_get("customer")?,
        session: row.try_get("session")?,
        account: row.try_get("account")?,
        detail: from_json(row.try_get("detail")?, "audit.detail")?,
    })
}

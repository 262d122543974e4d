//! The audit trail. Rows are entered in the transaction of the action that they record and never changed: each is a
//! link of a hash chain (`domain::chain`).

pub(super) mod chain;
#[cfg(test)]
mod tests;
mod trail;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use relink_protocol::{AccountId, HolderId, SessionId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::any::AnyRow;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Database, Row};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use self::trail::AuditFilter;
use super::json_columns::{self, from_json};
use super::{Store, StoreError, Transaction};
use crate::domain::audit::{AuditSource, Entry};
use crate::domain::data_keys::DataKeys;
use crate::domain::hash_chain::Record;

/// An entry as the merchant's back end reads it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct AuditRow {
    pub(crate) id: String,
    /// Time in seconds since 1970.
    pub(crate) at: i64,
    pub(crate) actor: Value,
    pub(crate) action: String,
    pub(crate) customer: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) account: Option<String>,
    /// Address of the client.
    pub(crate) ip_address: Option<String>,
    pub(crate) detail: Value,
    /// Position in the chain, with the hash there; `None` until a server has chained a row of an older version.
    pub(crate) position: Option<i64>,
    pub(crate) hash: Option<String>,
}

/// Object that an entry can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Customer,
    Session,
    Account,
}

impl Subject {
    /// Returns the kind of object that this identifier names.
    pub(crate) fn of(name: &str) -> Option<Self> {
        if HolderId::try_from(name).is_ok() {
            Some(Self::Customer)
        } else if SessionId::try_from(name).is_ok() {
            Some(Self::Session)
        } else {
            AccountId::try_from(name).ok().map(|_| Self::Account)
        }
    }
}

/// Appends the entry to the chain. `id` must be newer than those before it, so that identifiers are in order of time.
///
/// Locks the head of the chain until the transaction ends. So this must be its last statement: a transaction that
/// locked other rows afterwards could deadlock with one that waits for the head.
pub(crate) async fn enter(
    change: &mut Transaction,
    entry: &Entry,
    id: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    let AuditSource { actor, ip_address } = &entry.source;
    let record = Record {
        id: format!("aud_{}", id.simple()),
        at: now.as_millisecond(),
        actor: json_columns::json(actor, "audit.actor")?,
        action: entry.action.as_str().to_owned(),
        customer: entry.customer.as_ref().map(ToString::to_string),
        session: entry.session.as_ref().map(ToString::to_string),
        account: entry.account.as_ref().map(ToString::to_string),
        ip_address: ip_address.as_ref().map(ToString::to_string),
        detail: salted(&entry.detail, change.data_keys()).to_string(),
    };
    chain::append(change, &record).await
}

/// Returns the details with random bits, if they are encrypted. The hash of an entry is stored in clear text and covers the
/// whole entry, so without them whoever knows the rest could find an address or a name by trying all of them.
fn salted(detail: &Value, keys: &DataKeys) -> Value {
    let mut detail = detail.clone();
    if keys.current_id().is_none() {
        return detail;
    }
    if detail.is_null() {
        detail = Value::Object(Map::new());
    }
    if let Value::Object(facts) = &mut detail {
        facts.insert(SALT.to_owned(), BASE64_URL_SAFE_NO_PAD.encode(crate::clock::nonce()).into());
    }
    detail
}

/// Returns the details as they were entered.
pub(super) fn unsalted(mut detail: Value) -> Value {
    let Value::Object(facts) = &mut detail else { return detail };
    let is_salt_only = facts.remove(SALT).is_some() && facts.is_empty();
    if is_salt_only { Value::Null } else { detail }
}

/// Appends several entries.
pub(crate) async fn append_all(
    change: &mut Transaction,
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), StoreError> {
    for entry in entries {
        enter(change, entry, crate::clock::new_id(), now).await?;
    }
    Ok(())
}

impl Store {
    /// Executes a statement, and enters an entry if it changes a row. Returns true if it does.
    pub(super) async fn change_with_entry(
        &self,
        statement: Query<'_, Any, <Any as Database>::Arguments>,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let is_changed = statement.execute(&mut *change).await?.rows_affected() > 0;
        if is_changed {
            enter(&mut change, entry, crate::clock::new_id(), now).await?;
        }
        change.commit().await?;
        Ok(is_changed)
    }

    /// Enters an entry in a transaction of its own, for actions that change nothing else.
    pub(crate) async fn append_audit(
        &self,
        entry: &Entry,
        id: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        enter(&mut change, entry, id, now).await?;
        Ok(change.commit().await?)
    }

    /// Returns at most `most` entries, newest first, optionally about one object and older than the entry `before`.
    pub(crate) async fn audit(
        &self,
        about: Option<(Subject, &str)>,
        before: Option<&str>,
        most: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let condition = match about {
            Some((Subject::Customer, _)) => "customer = $1",
            Some((Subject::Session, _)) => "session = $1",
            Some((Subject::Account, _)) => "account = $1",
            None => "$1 = ''",
        };
        let statement =
            format!("SELECT {COLUMNS} FROM audit WHERE {condition} AND id < $2 ORDER BY id DESC LIMIT $3");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(about.map_or("", |(_, subject)| subject).to_owned())
            .bind(before.unwrap_or(AFTER_ALL).to_owned())
            .bind(most)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| entered(self.data_keys(), row)).collect()
    }
}

/// Name of the random bits among the details of an entry.
const SALT: &str = "salt";

const COLUMNS: &str = "id, at, actor, action, customer, session, account, ip_address, detail, position, hash";

/// Sorts after every identifier.
const AFTER_ALL: &str = "aud_g";

/// Returns actor and details of an entry that can't be decrypted.
pub(super) fn unreadable(error: &StoreError) -> (Value, Value) {
    (json!({"type": "unreadable"}), json!({"unreadable": error.to_string()}))
}

/// Returns the entry. One that can't be decrypted is shown with what is in clear text, so that others are not hidden by it.
fn entered(keys: &DataKeys, row: &AnyRow) -> Result<AuditRow, StoreError> {
    let record = match chain::record(keys, row) {
        Err(error) if error.is_of_encryption() => {
            let (actor, detail) = unreadable(&error);
            chain::with(row, actor.to_string(), None, detail.to_string())?
        }
        record => record?,
    };
    Ok(AuditRow {
        id: record.id,
        at: record.at.div_euclid(1000),
        actor: from_json(&record.actor, "audit.actor")?,
        action: record.action,
        customer: record.customer,
        session: record.session,
        account: record.account,
        ip_address: record.ip_address,
        detail: unsalted(from_json(&record.detail, "audit.detail")?),
        position: row.try_get("position")?,
        hash: row.try_get("hash")?,
    })
}

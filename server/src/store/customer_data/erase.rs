//! Erasing a customer, in one transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use relink_protocol::HolderId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::AssertSqlSafe;

use super::{Erasure, Found, Holding, Values};
use crate::domain::audit::{AuditAction, AuditSource, Entry};
use crate::domain::data_keys::DataKeys;
use crate::domain::erasure::{Subject, is_agreement};
use crate::domain::hash_chain::{Link, Record};
use crate::store::audit::chain::sealed;
use crate::store::customer_names::forget_place;
use crate::store::encryption::{RowCipher, TABLES, bare};
use crate::store::export::ExportError;
use crate::store::{Store, StoreError, Transaction, audit, backfill};

/// Number of entries of the trail that one entry about an erasure lists.
const LISTED: usize = 500;

/// Result of an erasure.
#[derive(Debug, Serialize)]
pub(crate) struct Erased {
    /// Name in place of the customer in what is kept.
    pub(crate) pseudonym: String,
    /// Number of rows that were deleted, or lost their content, by table.
    #[serde(rename = "erased")]
    pub(crate) rows: BTreeMap<&'static str, usize>,
    /// Entries of the audit trail of which time and action are kept.
    pub(crate) pseudonymised: usize,
    /// Entries of the audit trail that are kept as evidence of a mandate, or of an agreement to payouts.
    pub(crate) kept_for_mandates: Vec<Kept>,
}

/// Evidence of a mandate, or of an agreement to payouts, that is kept.
#[derive(Debug, Serialize)]
pub(crate) struct Kept {
    entry: String,
    action: String,
    account: Option<String>,
    /// Facts that are kept: their names.
    facts: Vec<String>,
}

impl Store {
    /// Erases a customer: deletes what names them, and pseudonymises their entries in the audit trail, which an entry of
    /// its own records so that the chain of hashes can still be verified. With `is_trial` nothing is changed.
    pub(crate) async fn erase_customer(
        &self,
        customer: &HolderId,
        pseudonym: String,
        source: &AuditSource,
        is_trial: bool,
        now: Timestamp,
    ) -> Result<Erased, ExportError> {
        let subject = self.subject(customer, pseudonym).await?;
        // Before the transaction, because looking through all payloads takes long and must not stop other writers.
        let found = self.about(&subject).await?;
        let mut change = self.change().await?;
        let mut erased = Erased {
            pseudonym: subject.pseudonym.clone(),
            rows: BTreeMap::new(),
            pseudonymised: 0,
            kept_for_mandates: Vec::new(),
        };
        let mut listed = Map::new();
        for Found { holding, rows } in &found {
            if holding.erasure == Erasure::Pseudonymise {
                continue;
            }
            for row in rows {
                erase(&mut change, holding, row, &subject).await?;
            }
            erased.rows.insert(holding.table, rows.len());
        }
        let entries = found.iter().filter(|found| found.holding.erasure == Erasure::Pseudonymise);
        for row in entries.flat_map(|found| &found.rows) {
            let (entry, position) = entry(row)?;
            let kept = subject.pseudonymised(&entry);
            rewrite(&mut change, &kept).await?;
            if let Some(link) = position {
                listed.insert(link.position.to_string(), link.erased(&kept).into());
            }
            erased.pseudonymised += 1;
            if is_agreement(&entry) {
                erased.kept_for_mandates.push(Kept::of(&kept));
            }
        }
        forget_place(&mut change, customer).await?;
        backfill::forget_place(&mut change, &subject).await?;
        record(&mut change, &listed, &subject, source, now).await?;
        if is_trial {
            change.rollback().await?;
        } else {
            change.commit().await?;
        }
        Ok(erased)
    }
}

impl Kept {
    fn of(entry: &Record) -> Self {
        let detail: Map<String, Value> = serde_json::from_str(&entry.detail).unwrap_or_default();
        Self {
            entry: entry.id.clone(),
            action: entry.action.clone(),
            account: entry.account.clone(),
            facts: detail.keys().cloned().collect(),
        }
    }
}

async fn erase(
    change: &mut Transaction,
    holding: &Holding,
    row: &Values,
    subject: &Subject,
) -> Result<(), StoreError> {
    let changed: Vec<(&str, Option<String>)> = match holding.erasure {
        Erasure::Clear(columns) => columns.iter().map(|column| (*column, None)).collect(),
        Erasure::Replace => {
            holding.within.iter().map(|column| (*column, replaced(row, column, subject))).collect()
        }
        Erasure::Delete | Erasure::Pseudonymise | Erasure::Nothing => Vec::new(),
    };
    let key = holding.key.iter().enumerate();
    let key: Vec<String> =
        key.map(|(place, column)| format!("{column} = ${}", changed.len() + place + 1)).collect();
    let sets: Vec<String> =
        changed.iter().enumerate().map(|(place, (column, _))| format!("{column} = ${}", place + 1)).collect();
    let statement = if holding.erasure == Erasure::Delete {
        format!("DELETE FROM {} WHERE {}", holding.table, key.join(" AND "))
    } else {
        format!("UPDATE {} SET {} WHERE {}", holding.table, sets.join(", "), key.join(" AND "))
    };
    let mut query = sqlx::query(AssertSqlSafe(statement));
    let key: Vec<String> = holding.key.iter().filter_map(|column| text(row, column)).collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    for (column, value) in changed {
        query = query.bind(seal(change.data_keys(), holding.table, &key, column, value)?);
    }
    for column in holding.key {
        query = query.bind(text(row, column));
    }
    query.execute(change).await?;
    Ok(())
}

/// Encrypts the text if the column is an encrypted one.
fn seal(
    keys: &DataKeys,
    table: &str,
    key: &[&str],
    column: &str,
    text: Option<String>,
) -> Result<Option<String>, StoreError> {
    let table = TABLES.iter().find(|encrypted| encrypted.table == table);
    let mut columns = table.into_iter().flat_map(|table| table.encrypted);
    match columns.find(|encrypted| bare(encrypted) == column) {
        Some(column) => RowCipher::new(keys, key).seal_optional(column, text.as_deref()),
        None => Ok(text),
    }
}

/// Returns the text without the customer. The place of a batch, the last account that it dealt with, is cut: a batch
/// that is running then looks again at the accounts that begin in the same way, and asks none twice.
fn replaced(row: &Values, column: &str, subject: &Subject) -> Option<String> {
    let text = text(row, column)?;
    if column == "place" && subject.is_in(&text) {
        // Of the identifier alone: the time before it is where the batch goes on. All of it is ASCII.
        let begin = text.rfind('.').map_or(0, |dot| dot + 1);
        return Some(text.chars().take(begin + (text.len() - begin) / 2).collect());
    }
    Some(subject.replaced(&text))
}

fn text(row: &Values, column: &str) -> Option<String> {
    row.get(column).and_then(Value::as_str).map(str::to_owned)
}

/// Reads an entry of the trail, and its place in the chain if it has one.
fn entry(row: &Values) -> Result<(Record, Option<Link>), StoreError> {
    let required = |column: &str| text(row, column).ok_or(StoreError::Unreadable("audit"));
    let record = Record {
        id: required("id")?,
        at: row.get("at").and_then(Value::as_i64).ok_or(StoreError::Unreadable("audit.at"))?,
        actor: required("actor")?,
        action: required("action")?,
        customer: text(row, "customer"),
        session: text(row, "session"),
        account: text(row, "account"),
        ip_address: text(row, "ip_address"),
        detail: required("detail")?,
    };
    let position = row.get("position").and_then(Value::as_i64);
    let link = position.zip(text(row, "hash")).map(|(position, hash)| Link { position, hash });
    Ok((record, link))
}

/// Stores what is kept of an entry. Its hash stays: it is the one that the next entry continues.
async fn rewrite(change: &mut Transaction, kept: &Record) -> Result<(), StoreError> {
    let statement = "UPDATE audit SET actor = $1, customer = $2, session = $3, account = $4, ip_address = $5, detail = $6 \
                     WHERE id = $7";
    let sealed = sealed(change.data_keys(), kept)?;
    sqlx::query(statement)
        .bind(sealed.actor)
        .bind(kept.customer.clone())
        .bind(kept.session.clone())
        .bind(kept.account.clone())
        .bind(sealed.ip_address)
        .bind(sealed.detail)
        .bind(kept.id.clone())
        .execute(change)
        .await?;
    Ok(())
}

/// Enters that a customer was erased, with a hash of what is kept of each of their entries.
async fn record(
    change: &mut Transaction,
    listed: &Map<String, Value>,
    subject: &Subject,
    source: &AuditSource,
    now: Timestamp,
) -> Result<(), StoreError> {
    let all: Vec<(&String, &Value)> = listed.iter().collect();
    let mut pieces: Vec<&[(&String, &Value)]> = all.chunks(LISTED).collect();
    if pieces.is_empty() {
        pieces.push(&[]);
    }
    for piece in pieces {
        let entries: Map<String, Value> =
            piece.iter().map(|(position, hash)| ((*position).clone(), (*hash).clone())).collect();
        let detail = json!({"pseudonym": subject.pseudonym, "entries": entries});
        let entry = Entry::of(source.clone(), AuditAction::CustomerErased, detail);
        audit::enter(change, &entry, crate::clock::new_id(), now).await?;
    }
    Ok(())
}

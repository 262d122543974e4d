//! Appends to the hash chain, and chains rows that older versions wrote.

use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::enter;
use crate::domain::audit::{Actor, AuditAction, Entry};
use crate::domain::data_keys::DataKeys;
use crate::domain::hash_chain::{Link, Record};
use crate::store::bulk_insert::engine;
use crate::store::encryption::RowCipher;
use crate::store::{Store, StoreError, Transaction};

/// Columns that a hash covers.
pub(super) const RECORD: &str = "id, at, actor, action, customer, session, account, ip_address, detail";
/// Number of rows that are chained in one transaction.
const PIECE: i64 = 500;

/// Inserts the row at the end of the chain.
pub(super) async fn append(change: &mut Transaction, record: &Record) -> Result<(), StoreError> {
    let next = lock_head(change).await?.next(record);
    let sealed = sealed(change.data_keys(), record)?;
    let statement = format!(
        "INSERT INTO audit ({RECORD}, position, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(record.id.clone())
        .bind(record.at)
        .bind(sealed.actor)
        .bind(record.action.clone())
        .bind(record.customer.clone())
        .bind(record.session.clone())
        .bind(record.account.clone())
        .bind(sealed.ip_address)
        .bind(sealed.detail)
        .bind(next.position)
        .bind(next.hash.clone())
        .execute(&mut *change)
        .await?;
    set_head(change, &next).await
}

/// Returns the last link and locks it, so that no other transaction can append until this one ends.
async fn lock_head(change: &mut Transaction) -> Result<Link, StoreError> {
    if let Some(head) = head(change).await? {
        return Ok(head);
    }
    // The first entry of all. If another transaction has made the row at the same time, its committed row is read.
    let Link { position, hash } = Link::start();
    let first = "INSERT INTO audit_head (name, position, hash) VALUES ('audit', $1, $2) ON CONFLICT (name) DO NOTHING";
    sqlx::query(first).bind(position).bind(hash).execute(&mut *change).await?;
    head(change).await?.ok_or(StoreError::Unreadable("audit_head"))
}

async fn head(change: &mut Transaction) -> Result<Option<Link>, StoreError> {
    let lock = engine(change).for_update();
    let question = format!("SELECT position, hash FROM audit_head WHERE name = 'audit'{lock}");
    let row = sqlx::query(AssertSqlSafe(question)).fetch_optional(change).await?;
    row.map(|row| Ok(Link { position: row.try_get("position")?, hash: row.try_get("hash")? })).transpose()
}

async fn set_head(change: &mut Transaction, head: &Link) -> Result<(), StoreError> {
    let moved = "UPDATE audit_head SET position = $1, hash = $2 WHERE name = 'audit'";
    sqlx::query(moved).bind(head.position).bind(head.hash.clone()).execute(change).await?;
    Ok(())
}

/// Texts of an entry as they are stored. The hashes cover the texts before encryption, so that a rotation of keys leaves the
/// chain as it is.
pub(in crate::store) struct Sealed {
    pub(in crate::store) actor: String,
    pub(in crate::store) ip_address: Option<String>,
    pub(in crate::store) detail: String,
}

pub(in crate::store) fn sealed(keys: &DataKeys, record: &Record) -> Result<Sealed, StoreError> {
    let key = [record.id.as_str()];
    let cipher = RowCipher::new(keys, &key);
    Ok(Sealed {
        actor: cipher.seal("audit.actor", &record.actor)?,
        ip_address: cipher.seal_optional("audit.ip_address", record.ip_address.as_deref())?,
        detail: cipher.seal("audit.detail", &record.detail)?,
    })
}

pub(super) fn record(keys: &DataKeys, row: &AnyRow) -> Result<Record, StoreError> {
    let id: String = row.try_get("id")?;
    let key = [id.as_str()];
    let cipher = RowCipher::new(keys, &key);
    let actor = cipher.open("audit.actor", row.try_get("actor")?)?;
    let ip_address = cipher.open_optional("audit.ip_address", row.try_get("ip_address")?)?;
    let detail = cipher.open("audit.detail", row.try_get("detail")?)?;
    with(row, actor, ip_address, detail)
}

/// Returns the entry with these texts in place of the encrypted ones.
pub(super) fn with(
    row: &AnyRow,
    actor: String,
    ip_address: Option<String>,
    detail: String,
) -> Result<Record, StoreError> {
    Ok(Record {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        actor,
        action: row.try_get("action")?,
        customer: row.try_get("customer")?,
        session: row.try_get("session")?,
        account: row.try_get("account")?,
        ip_address,
        detail,
    })
}

impl Store {
    /// Chains the rows without a position, in the order of their identifiers: those from before there was a chain, and
    /// those of older servers that ran beside newer ones. Returns their number. Each piece is recorded as an audit
    /// entry, because rows that were inserted by hand look the same.
    pub(crate) async fn chain_entries(&self) -> Result<i64, StoreError> {
        let mut chained = 0;
        loop {
            let piece = self.chain_piece().await?;
            chained += piece;
            if piece == 0 {
                return Ok(chained);
            }
        }
    }

    async fn chain_piece(&self) -> Result<i64, StoreError> {
        let mut change = self.change().await?;
        let mut last = lock_head(&mut change).await?;
        let question = format!("SELECT {RECORD} FROM audit WHERE position IS NULL ORDER BY id LIMIT $1");
        let rows = sqlx::query(AssertSqlSafe(question)).bind(PIECE).fetch_all(&mut *change).await?;
        let records: Vec<Record> =
            rows.iter().map(|row| record(self.data_keys(), row)).collect::<Result<_, _>>()?;
        let (Some(first), Some(end)) = (records.first(), records.last()) else { return Ok(0) };
        for record in &records {
            last = last.next(record);
            sqlx::query("UPDATE audit SET position = $1, hash = $2 WHERE id = $3")
                .bind(last.position)
                .bind(last.hash.clone())
                .bind(record.id.clone())
                .execute(&mut *change)
                .await?;
        }
        set_head(&mut change, &last).await?;
        let entry = Entry {
            source: Actor::Server.into(),
            action: AuditAction::RowsChained,
            customer: None,
            session: None,
            account: None,
            detail: json!({"rows": records.len(), "first": first.id, "last": end.id}),
        };
        enter(&mut change, &entry, crate::clock::new_id(), crate::clock::now()).await?;
        change.commit().await?;
        Ok(i64::try_from(records.len()).unwrap_or(i64::MAX))
    }
}

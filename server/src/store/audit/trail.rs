//! Verification and export of the whole trail, for `relink-server audit`.

use std::io::Write;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::chain::{RECORD, record};
use crate::config::database::Engine;
use crate::domain::data_keys::DataKeys;
use crate::domain::hash_chain::{Link, Report, Verification};
use crate::store::export::ExportError;
use crate::store::json_columns::from_json;
use crate::store::{Store, StoreError, Transaction};

/// Selection of entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditFilter {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// Identifier of the entry before the first one.
    pub(crate) after: Option<String>,
}

/// One line of JSON, for a SIEM.
#[derive(Serialize)]
struct Line {
    position: i64,
    id: String,
    time: String,
    actor: Value,
    action: String,
    customer: Option<String>,
    session: Option<String>,
    account: Option<String>,
    ip_address: Option<String>,
    detail: Value,
    hash: String,
}

impl Store {
    /// Verifies the chain from its first entry to its last, in one snapshot. `noted` is the hash of an earlier head
    /// that must be in it.
    pub(crate) async fn verify_audit(&self, noted: Option<String>) -> Result<Report, StoreError> {
        let mut moment = self.moment().await?;
        let mut walk = Verification::new(noted);
        {
            let question = format!(
                "SELECT {RECORD}, position, hash FROM audit WHERE position IS NOT NULL ORDER BY position"
            );
            let mut rows = moment.fetch(sqlx::query(AssertSqlSafe(question)));
            while let Some(row) = rows.try_next().await? {
                walk.take(link(&row)?, &record(self.data_keys(), &row)?);
            }
        }
        let head = sqlx::query("SELECT position, hash FROM audit_head WHERE name = 'audit'");
        let head = head.fetch_optional(&mut *moment).await?.as_ref().map(link).transpose()?;
        let unchained = "SELECT COUNT(*) FROM audit WHERE position IS NULL";
        let unchained: i64 = sqlx::query_scalar(unchained).fetch_one(&mut *moment).await?;
        Ok(walk.finish(head.as_ref(), unchained))
    }

    /// Writes the chained entries as lines of JSON, in the order of the chain. Returns their number.
    pub(crate) async fn export_audit(
        &self,
        wanted: &AuditFilter,
        out: &mut impl Write,
    ) -> Result<u64, ExportError> {
        let mut moment = self.moment().await?;
        let after = position_of(&mut moment, wanted.after.as_deref()).await?;
        let question = format!(
            "SELECT {RECORD}, position, hash FROM audit WHERE position > $1 AND at >= $2 AND at < $3 ORDER BY position"
        );
        let milliseconds = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        let query = sqlx::query(AssertSqlSafe(question))
            .bind(after)
            .bind(milliseconds(wanted.since).unwrap_or(i64::MIN))
            .bind(milliseconds(wanted.until).unwrap_or(i64::MAX));
        let mut rows = moment.fetch(query);
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            serde_json::to_writer(&mut *out, &line(self.data_keys(), &row)?).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
            count += 1;
        }
        out.flush()?;
        Ok(count)
    }

    /// Begins a read-only transaction with one snapshot.
    async fn moment(&self) -> Result<Transaction, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Ok(self.reader.begin(begin).await?)
    }
}

async fn position_of(moment: &mut Transaction, id: Option<&str>) -> Result<i64, ExportError> {
    let Some(id) = id else { return Ok(0) };
    let place = sqlx::query_scalar("SELECT position FROM audit WHERE id = $1 AND position IS NOT NULL");
    let place = place.bind(id.to_owned()).fetch_optional(&mut **moment).await?;
    place.ok_or_else(|| ExportError::NoEntry(id.to_owned()))
}

fn link(row: &AnyRow) -> Result<Link, StoreError> {
    Ok(Link {
        position: row.try_get("position")?,
        // An empty hash matches nothing.
        hash: row.try_get::<Option<String>, _>("hash")?.unwrap_or_default(),
    })
}

fn line(keys: &DataKeys, row: &AnyRow) -> Result<Line, StoreError> {
    let Link { position, hash } = link(row)?;
    let record = record(keys, row)?;
    let time = Timestamp::from_millisecond(record.at).map_err(|_| StoreError::Unreadable("audit.at"))?;
    Ok(Line {
        position,
        id: record.id,
        time: time.to_string(),
        actor: from_json(&record.actor, "audit.actor")?,
        action: record.action,
        customer: record.customer,
        session: record.session,
        account: record.account,
        ip_address: record.ip_address,
        detail: from_json(&record.detail, "audit.detail")?,
        hash,
    })
}

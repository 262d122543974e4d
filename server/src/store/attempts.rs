//! Relink attempts. A session without a row here is never accepted back.

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, HolderId, RelinkOutcome, Reported, SessionId, UnfinishedRelink};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::accounts::time;
use super::encryption::RowCipher;
use super::json_columns::{from_json, from_word, json, word};
use super::{Store, StoreError, Transaction};
use crate::domain::attempt::Attempt;
use crate::domain::customer_claims::Caller;
use crate::domain::data_keys::DataKeys;
use crate::domain::language::Language;
use crate::domain::outcome::Settled;
use crate::traces;

/// Time for which an attempt is offered again after a reload; no bank login takes longer.
const RESUMABLE_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Limit on the query, above what a customer begins in an hour.
const MAX_UNFINISHED: i64 = 100;

const BEFORE: &str = "attempts.known_before";
const SETTLED: &str = "attempts.settled";

const COLUMNS: &str = "session, customer, sign_in, account, choice, purpose, requested, known_before, started_at, reported, language, settled";

impl Store {
    /// Returns the attempt of this session, without a check of the caller.
    pub(crate) async fn attempt(&self, session: &SessionId) -> Result<Option<Attempt>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM attempts WHERE session = $1");
        let row = sqlx::query(AssertSqlSafe(statement)).bind(session.to_string());
        row.fetch_optional(self.reader()).await?.map(|row| attempt(self.data_keys(), &row)).transpose()
    }

    /// Returns the caller's newest visible attempt that is not finished: Stripe has not decided it, the page does not
    /// know its outcome yet, or the customer (if allowed to) has not chosen the account to pay from. A cancelled
    /// attempt counts as known to the customer.
    pub(crate) async fn unfinished(
        &self,
        caller: &Caller,
        now: Timestamp,
        is_visible: impl Fn(&AccountId) -> bool,
    ) -> Result<Option<UnfinishedRelink>, StoreError> {
        let rows = sqlx::query(
            "SELECT session, account, choice, reported FROM attempts \
             WHERE customer = $1 AND sign_in IS NOT DISTINCT FROM $2 AND started_at > $3 AND (settled IS NULL \
             OR (is_told = 0 AND outcome <> $6) OR ($4 = 1 AND offers_payment = 1 AND keeps = 0 AND NOT EXISTS (SELECT 1 FROM payments \
             WHERE payments.session = attempts.session AND made_at IS NOT NULL))) \
             ORDER BY started_at DESC, session DESC LIMIT $5",
        )
        .bind(caller.customer.to_string())
        .bind(caller.sign_in.clone())
        .bind((now - RESUMABLE_FOR).as_millisecond())
        .bind(i64::from(caller.terms.may_replace))
        .bind(MAX_UNFINISHED)
        .bind(RelinkOutcome::Cancelled.name())
        .fetch_all(self.reader())
        .await?;
        for row in &rows {
            let unfinished = unfinished(row)?;
            if is_visible(&unfinished.account) {
                return Ok(Some(unfinished));
            }
        }
        Ok(None)
    }

    /// True if Stripe did not find this account at the bank in an earlier attempt of this caller.
    pub(crate) async fn missed(&self, caller: &Caller, account: &AccountId) -> Result<bool, StoreError> {
        let missed: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM attempts WHERE customer = $1 AND sign_in IS NOT DISTINCT FROM $2 AND account = $3 \
             AND outcome = $4",
        )
        .bind(caller.customer.to_string())
        .bind(caller.sign_in.clone())
        .bind(account.to_string())
        .bind(RelinkOutcome::NoAccount.name())
        .fetch_one(self.reader())
        .await?;
        Ok(missed > 0)
    }

    /// Returns the trace in which the attempt began, if it began in one.
    pub(crate) async fn trace_of_attempt(&self, session: &SessionId) -> Result<Option<String>, StoreError> {
        let trace = sqlx::query_scalar("SELECT trace FROM attempts WHERE session = $1");
        let trace: Option<Option<String>> =
            trace.bind(session.to_string()).fetch_optional(self.reader()).await?;
        Ok(trace.flatten())
    }

    /// Stores the page's report. An unknown report does not overwrite an earlier one.
    pub(crate) async fn report(&self, session: &SessionId, reported: Reported) -> Result<(), StoreError> {
        if reported == Reported::Unknown {
            return Ok(());
        }
        sqlx::query("UPDATE attempts SET reported = $1 WHERE session = $2")
            .bind(word(&reported, "attempts.reported")?)
            .bind(session.to_string())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Records that the customer's page knows the outcome.
    pub(crate) async fn told(&self, session: &SessionId) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET is_told = 1 WHERE session = $1 AND is_told = 0")
            .bind(session.to_string())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

/// Inserts an attempt that has just begun.
pub(crate) async fn begin(change: &mut Transaction, attempt: &Attempt) -> Result<(), StoreError> {
    let key = [attempt.session.as_str()];
    let before = json(&attempt.before, BEFORE)?;
    let before = RowCipher::new(change.data_keys(), &key).seal(BEFORE, &before)?;
    sqlx::query(
        "INSERT INTO attempts (session, customer, sign_in, account, choice, purpose, requested, known_before, \
         started_at, reported, language, trace, offers_payment, is_told, keeps) VALUES ($1, $2, $3, $4, $5, $6, $7, \
         $8, $9, $10, $11, $12, 0, 0, 0)",
    )
    .bind(attempt.session.to_string())
    .bind(attempt.customer.to_string())
    .bind(attempt.sign_in.clone())
    .bind(attempt.account.to_string())
    .bind(word(&attempt.choice, "attempts.choice")?)
    .bind(word(&attempt.purpose, "attempts.purpose")?)
    .bind(json(&attempt.requested, "attempts.requested")?)
    .bind(before)
    .bind(attempt.started_at.as_millisecond())
    .bind(word(&attempt.reported, "attempts.reported")?)
    .bind(attempt.language.code())
    .bind(traces::text(&traces::current()))
    .execute(change)
    .await
    .map_err(|error| match error.as_database_error() {
        Some(refusal) if refusal.is_unique_violation() => {
            StoreError::DuplicateSession(attempt.session.clone())
        }
        Some(_) | None => error.into(),
    })?;
    Ok(())
}

/// True if the customer has begun an attempt since then.
pub(crate) async fn has_begun_since(
    change: &mut Transaction,
    customer: &HolderId,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM attempts WHERE customer = $1 AND started_at >= $2");
    let count: i64 = count.bind(customer.to_string()).bind(since.as_millisecond()).fetch_one(change).await?;
    Ok(count > 0)
}

/// Returns the attempt's stored outcome, if any, and locks its row until the transaction ends.
pub(crate) async fn lock_outcome(
    store: &Store,
    change: &mut Transaction,
    session: &SessionId,
) -> Result<Option<Settled>, StoreError> {
    let statement = format!("SELECT settled FROM attempts WHERE session = $1{}", store.engine().for_update());
    let settled: Option<Option<String>> =
        sqlx::query_scalar(AssertSqlSafe(statement)).bind(session.to_string()).fetch_optional(change).await?;
    let key = [session.as_str()];
    let settled = RowCipher::new(store.data_keys(), &key).open_optional(SETTLED, settled.flatten())?;
    settled.map(|settled| from_json(&settled, SETTLED)).transpose()
}

/// Stores the outcome.
pub(crate) async fn settle(
    change: &mut Transaction,
    session: &SessionId,
    settled: &Settled,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = [session.as_str()];
    let stored = RowCipher::new(change.data_keys(), &key).seal(SETTLED, &json(settled, SETTLED)?)?;
    sqlx::query(
        "UPDATE attempts SET settled = $1, settled_at = $2, outcome = $3, offers_payment = $4 WHERE session = $5",
    )
    .bind(stored)
    .bind(now.as_millisecond())
    .bind(settled.outcome.name())
    .bind(i64::from(settled.offers_payment()))
    .bind(session.to_string())
    .execute(change)
    .await?;
    Ok(())
}

/// Stores the outcome that follows from the customer's answer, after which the attempt is finished.
pub(crate) async fn answer(
    change: &mut Transaction,
    session: &SessionId,
    settled: &Settled,
) -> Result<(), StoreError> {
    let key = [session.as_str()];
    let stored = RowCipher::new(change.data_keys(), &key).seal(SETTLED, &json(settled, SETTLED)?)?;
    sqlx::query("UPDATE attempts SET settled = $1, is_told = 1 WHERE session = $2")
        .bind(stored)
        .bind(session.to_string())
        .execute(change)
        .await?;
    Ok(())
}

/// Records that the customer keeps paying from the old account, if the outcome offered another one. Returns true the
/// first time.
pub(crate) async fn keep(change: &mut Transaction, session: &SessionId) -> Result<bool, StoreError> {
    let kept =
        sqlx::query("UPDATE attempts SET keeps = 1 WHERE session = $1 AND offers_payment = 1 AND keeps = 0")
            .bind(session.to_string())
            .execute(change)
            .await?;
    Ok(kept.rows_affected() > 0)
}

fn attempt(keys: &DataKeys, row: &AnyRow) -> Result<Attempt, StoreError> {
    let key = [row.try_get("session")?];
    let cipher = RowCipher::new(keys, &key);
    let before = cipher.open(BEFORE, row.try_get("known_before")?)?;
    let settled = cipher.open_optional(SETTLED, row.try_get("settled")?)?;
    Ok(Attempt {
        session: from_word(row.try_get("session")?, "attempts.session")?,
        customer: from_word(row.try_get("customer")?, "attempts.customer")?,
        sign_in: row.try_get("sign_in")?,
        account: from_word(row.try_get("account")?, "attempts.account")?,
        choice: from_word(row.try_get("choice")?, "attempts.choice")?,
        purpose: from_word(row.try_get("purpose")?, "attempts.purpose")?,
        requested: from_json(row.try_get("requested")?, "attempts.requested")?,
        before: from_json(&before, BEFORE)?,
        started_at: time(row.try_get("started_at")?)?,
        reported: from_word(row.try_get("reported")?, "attempts.reported")?,
        // The language may be one that only another version knows.
        language: row.try_get::<String, _>("language")?.parse().unwrap_or(Language::English),
        settled: settled.map(|settled| from_json(&settled, SETTLED)).transpose()?,
    })
}

fn unfinished(row: &AnyRow) -> Result<UnfinishedRelink, StoreError> {
    Ok(UnfinishedRelink {
        session: from_word(row.try_get("session")?, "attempts.session")?,
        account: from_word(row.try_get("account")?, "attempts.account")?,
        choice: from_word(row.try_get("choice")?, "attempts.choice")?,
        reported: from_word(row.try_get("reported")?, "attempts.reported")?,
    })
}

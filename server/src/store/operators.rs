//! Operators of the console: one-time codes, known browsers and sessions. Only hashes of secrets are stored.

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;
use sqlx::query::{Query, QueryScalar};
use sqlx::{AssertSqlSafe, Row};

use super::accounts::time;
use super::encryption::sign_ins::sealed_address;
use super::encryption::{Listed, RowCipher, listed};
use super::json_columns::{from_json, json};
use super::{Store, StoreError, Transaction, audit};
use crate::domain::audit::Entry;
use crate::domain::sign_in::{
    CODE_INTERVAL, CODE_LIFETIME, KNOWN_BROWSER_LIFETIME, LONGEST, MAX_CODE_TRIES, MAX_CODES_PER_HOUR,
    Operator, SessionEnd,
};

const SESSION_ID_TOKEN: &str = "operator_sessions.id_token";
const SESSION_OPERATOR: &str = "operator_sessions.operator";
const CODE_OPERATOR: &str = "sign_in_codes.operator";
const LIMIT_OPERATOR: &str = "code_limits.operator";
const BROWSER_OPERATOR: &str = "known_browsers.operator";
const LIMIT_ADDRESS: &str = "code_limits.address";
const BROWSER_ADDRESS: &str = "known_browsers.address";

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Interval at which the last activity is stored.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Number of sessions that are checked at a time.
const PIECE: i64 = 500;
/// Name of the rate limit that all unknown browsers share.
const UNKNOWN: &str = "";

/// A stored code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeHash {
    /// Hash of the secret in the browser that requested the code.
    pub(crate) browser: String,
    /// Hash of that secret and the code.
    pub(crate) hash: String,
}

/// Kind of request in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// The operator opens a page or sends a form.
    Page,
    /// A page renews itself, whether somebody is there or not.
    Script,
}

/// State of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// The session does not exist, or no longer.
    Absent,
    /// The session has expired, but its row still exists.
    Over(SessionEnd),
    Open(Operator),
}

/// Session that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenSession {
    /// Hash of the session's secret.
    pub(crate) hash: String,
    pub(crate) operator: Operator,
    pub(crate) begun_at: Timestamp,
    /// Last activity, stored at most once a minute.
    pub(crate) seen_at: Timestamp,
}

impl Store {
    /// Returns the sessions that have not ended, the newest first.
    pub(crate) async fn open_sessions(&self, now: Timestamp) -> Result<Listed<OpenSession>, StoreError> {
        let question =
            "SELECT hash, operator, begun_at, seen_at FROM operator_sessions ORDER BY begun_at DESC LIMIT $1";
        let rows = sqlx::query(question).bind(PIECE).fetch_all(self.reader()).await?;
        let session = |row: &AnyRow| {
            let ((begun_at, seen_at), operator) = (times(row)?, self.operator(row)?);
            Ok(OpenSession { hash: row.try_get("hash")?, operator, begun_at, seen_at })
        };
        let mut sessions = listed(&rows, "hash", session)?;
        sessions.retain(|session| {
            session.as_ref().map_or(true, |OpenSession { operator, begun_at, seen_at, .. }| {
                operator.session_end(*begun_at, *seen_at, now).is_none()
            })
        });
        Ok(sessions)
    }

    /// Stores a code for the browser that requested it, beside those of other browsers. `known` is the browser's name
    /// in `known_browsers`, if it has one. Returns false if the rate limit refuses another code: unknown browsers share
    /// one limit, and each known one has its own, so that strangers can't use up an operator's codes.
    pub(crate) async fn set_code(
        &self,
        email: &str,
        code: &CodeHash,
        known: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let limit = known_browser(&mut change, email, known, now).await?.unwrap_or(UNKNOWN);
        if !take_code(&mut change, email, limit, now).await? {
            change.rollback().await?;
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO sign_in_codes (browser, operator, hash, tries, expires_at) VALUES ($1, $2, $3, 0, $4)",
        )
        .bind(code.browser.clone())
        .bind(self.data_keys().index(CODE_OPERATOR, email))
        .bind(code.hash.clone())
        .bind((now + CODE_LIFETIME).as_millisecond())
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(true)
    }

    /// Tries the code that this browser requested, and counts the try. Returns true if the code is right; it can be
    /// used once. Codes of other browsers are not affected.
    pub(crate) async fn try_code(
        &self,
        email: &str,
        code: &CodeHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let stored = self.data_keys().indexes(CODE_OPERATOR, email);
        let tried = format!(
            "UPDATE sign_in_codes SET tries = tries + 1 \
             WHERE browser = $1 AND tries < $2 AND expires_at > $3 AND operator IN {}",
            row_of(4, stored.len())
        );
        let tried = sqlx::query(AssertSqlSafe(tried)).bind(code.browser.clone()).bind(MAX_CODE_TRIES);
        let tried = stored.into_iter().fold(tried.bind(now.as_millisecond()), Query::bind);
        let counts = tried.execute(&mut *change).await?.rows_affected() > 0;
        if !counts {
            change.rollback().await?;
            return Ok(false);
        }
        // No constant-time comparison is needed: the hashes have 256 bits and depend on a secret that an attacker does
        // not know.
        let used = sqlx::query("DELETE FROM sign_in_codes WHERE browser = $1 AND hash = $2");
        let used = used.bind(code.browser.clone()).bind(code.hash.clone()).execute(&mut *change).await?;
        change.commit().await?;
        Ok(used.rows_affected() > 0)
    }

    /// Stores the browser as known after the operator has signed in with a code.
    pub(crate) async fn know_browser(
        &self,
        email: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let address = sealed_address(&RowCipher::new(self.data_keys(), &[browser]), BROWSER_ADDRESS, email)?;
        sqlx::query(
            "INSERT INTO known_browsers (hash, operator, expires_at, address) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at, operator = excluded.operator, \
             address = excluded.address",
        )
        .bind(browser.to_owned())
        .bind(self.data_keys().index(BROWSER_OPERATOR, email))
        .bind((now + KNOWN_BROWSER_LIFETIME).as_millisecond())
        .bind(address)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Inserts a session.
    pub(crate) async fn begin_session(
        &self,
        hash: &str,
        operator: &Operator,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let stored = json(operator, SESSION_OPERATOR)?;
        let stored = RowCipher::new(self.data_keys(), &[hash]).seal(SESSION_OPERATOR, &stored)?;
        sqlx::query(
            "INSERT INTO operator_sessions (hash, operator, begun_at, seen_at) VALUES ($1, $2, $3, $3)",
        )
        .bind(hash.to_owned())
        .bind(stored)
        .bind(now.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Stores the ID token of the session's sign-in at the issuer, with which the operator can be signed out there, too.
    pub(crate) async fn set_id_token(&self, hash: &str, token: &str) -> Result<(), StoreError> {
        let stored = RowCipher::new(self.data_keys(), &[hash]).seal(SESSION_ID_TOKEN, token)?;
        sqlx::query("UPDATE operator_sessions SET id_token = $1 WHERE hash = $2")
            .bind(stored)
            .bind(hash.to_owned())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Returns the ID token of the session's sign-in at the issuer, if there was one.
    pub(crate) async fn id_token(&self, hash: &str) -> Result<Option<String>, StoreError> {
        let stored = sqlx::query_scalar("SELECT id_token FROM operator_sessions WHERE hash = $1");
        let stored: Option<Option<String>> =
            stored.bind(hash.to_owned()).fetch_optional(self.reader()).await?;
        RowCipher::new(self.data_keys(), &[hash]).open_optional(SESSION_ID_TOKEN, stored.flatten())
    }

    /// Returns the session with this hash, and stores an operator's activity at most once a minute.
    pub(crate) async fn session_of(
        &self,
        hash: &str,
        activity: Activity,
        now: Timestamp,
    ) -> Result<Session, StoreError> {
        let row =
            sqlx::query("SELECT hash, operator, begun_at, seen_at FROM operator_sessions WHERE hash = $1");
        let row = row.bind(hash.to_owned()).fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(Session::Absent) };
        let ((begun_at, seen_at), operator) = (times(&row)?, self.operator(&row)?);
        if let Some(end) = operator.session_end(begun_at, seen_at, now) {
            return Ok(Session::Over(end));
        }
        if activity == Activity::Page && seen_at <= now - SEEN_EVERY {
            sqlx::query("UPDATE operator_sessions SET seen_at = $1 WHERE hash = $2")
                .bind(now.as_millisecond())
                .bind(hash.to_owned())
                .execute(&self.writer)
                .await?;
        }
        Ok(Session::Open(operator))
    }

    /// Ends a session and enters an audit entry, unless it was ended before.
    pub(crate) async fn end_session(
        &self,
        hash: &str,
        entry: impl FnOnce(&Operator) -> Entry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let ended = sqlx::query("DELETE FROM operator_sessions WHERE hash = $1 RETURNING hash, operator");
        if let Some(row) = ended.bind(hash.to_owned()).fetch_optional(&mut *change).await? {
            audit::enter(&mut change, &entry(&self.operator(&row)?), crate::clock::new_id(), now).await?;
        }
        Ok(change.commit().await?)
    }

    /// Ends expired sessions. Returns their number.
    pub(crate) async fn end_old_sessions(
        &self,
        entry: impl Fn(&Operator, SessionEnd) -> Entry,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let question =
            "SELECT hash, operator, begun_at, seen_at FROM operator_sessions ORDER BY begun_at LIMIT $1";
        let rows = sqlx::query(question).bind(PIECE).fetch_all(self.reader()).await?;
        let mut ended = 0;
        for row in rows {
            let (begun_at, seen_at) = times(&row)?;
            let hash: String = row.try_get("hash")?;
            let operator = match self.operator(&row) {
                // It opens nothing. Nobody knows whose it was.
                Err(error) if error.is_of_encryption() => {
                    if begun_at <= now - LONGEST {
                        ended += self.delete_session(&hash).await?;
                    }
                    continue;
                }
                operator => operator?,
            };
            let Some(end) = operator.session_end(begun_at, seen_at, now) else { continue };
            self.end_session(&hash, |operator| entry(operator, end), now).await?;
            ended += 1;
        }
        Ok(ended)
    }

    async fn delete_session(&self, hash: &str) -> Result<u64, StoreError> {
        let deleted = sqlx::query("DELETE FROM operator_sessions WHERE hash = $1").bind(hash.to_owned());
        Ok(deleted.execute(&self.writer).await?.rows_affected())
    }

    /// True if the key with this identifier can still be used for the console.
    pub(crate) async fn is_console_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let key = self.keys().await?.into_iter().find(|key| key.id == id);
        Ok(key.is_some_and(|key| key.opens_console(now)))
    }
}

/// Returns the browser's name, if this operator has signed in there recently.
async fn known_browser<'a>(
    change: &mut Transaction,
    email: &str,
    browser: Option<&'a str>,
    now: Timestamp,
) -> Result<Option<&'a str>, StoreError> {
    let Some(browser) = browser else { return Ok(None) };
    let stored = change.data_keys().indexes(BROWSER_OPERATOR, email);
    let known = format!(
        "SELECT hash FROM known_browsers WHERE hash = $1 AND expires_at > $2 AND operator IN {}",
        row_of(3, stored.len())
    );
    let known = sqlx::query_scalar(AssertSqlSafe(known)).bind(browser.to_owned()).bind(now.as_millisecond());
    let known = stored.into_iter().fold(known, QueryScalar::bind);
    let known: Option<String> = known.fetch_optional(change).await?;
    Ok(known.map(|_| browser))
}

/// Counts one more code under this rate limit. Returns false if the limit is reached. One statement decides for all
/// servers.
async fn take_code(
    change: &mut Transaction,
    email: &str,
    browser: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let operator = change.data_keys().index(LIMIT_OPERATOR, email);
    let row = [operator.as_str(), browser];
    let address = sealed_address(&RowCipher::new(change.data_keys(), &row), LIMIT_ADDRESS, email)?;
    // The same limit, which a server with another first key has begun.
    let others = change.data_keys().indexes(LIMIT_OPERATOR, email);
    let adopt = format!(
        "UPDATE code_limits SET operator = $1, address = $3 WHERE browser = $2 AND operator <> $1 AND operator IN {} \
         AND NOT EXISTS (SELECT 1 FROM code_limits AS own WHERE own.operator = $1 AND own.browser = $2)",
        row_of(4, others.len())
    );
    let adopt = sqlx::query(AssertSqlSafe(adopt)).bind(operator.clone()).bind(browser.to_owned());
    let adopt = adopt.bind(address.clone());
    others.into_iter().fold(adopt, Query::bind).execute(&mut *change).await?;
    let taken = sqlx::query(
        "INSERT INTO code_limits (operator, browser, asked, since, asked_at, address) VALUES ($1, $2, 1, $3, $3, $7) \
         ON CONFLICT (operator, browser) DO UPDATE SET \
         asked = CASE WHEN code_limits.since <= $4 THEN 1 ELSE code_limits.asked + 1 END, \
         since = CASE WHEN code_limits.since <= $4 THEN excluded.since ELSE code_limits.since END, \
         asked_at = excluded.asked_at \
         WHERE code_limits.asked_at <= $5 AND (code_limits.since <= $4 OR code_limits.asked < $6)",
    )
    .bind(operator)
    .bind(browser.to_owned())
    .bind(now.as_millisecond())
    .bind((now - HOUR).as_millisecond())
    .bind((now - CODE_INTERVAL).as_millisecond())
    .bind(MAX_CODES_PER_HOUR)
    .bind(address)
    .execute(change)
    .await?;
    Ok(taken.rows_affected() > 0)
}

/// Returns a list of placeholders for SQL, from `first` on.
fn row_of(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
    format!("({})", places.join(", "))
}

fn times(row: &AnyRow) -> Result<(Timestamp, Timestamp), StoreError> {
    Ok((time(row.try_get("begun_at")?)?, time(row.try_get("seen_at")?)?))
}

impl Store {
    fn operator(&self, row: &AnyRow) -> Result<Operator, StoreError> {
        let key = [row.try_get("hash")?];
        let cipher = RowCipher::new(self.data_keys(), &key);
        from_json(&cipher.open(SESSION_OPERATOR, row.try_get("operator")?)?, SESSION_OPERATOR)
    }
}

#[cfg(test)]
mod tests;

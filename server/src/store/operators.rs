//! Operators of the console: their one-time codes, their browsers and their sessions. Only hashes are here.

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::accounts::time;
use super::words::{from_json, json};
use super::{Store, StoreError, audit};
use crate::domain::audit::Entry;
use crate::domain::sign_in::{
    BETWEEN_CODES, BROWSER_LASTS, CODE_LASTS, CODE_TRIES, CODES_AN_HOUR, Operator, SessionEnd, session_end,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// That somebody is still there is written down this often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// So many sessions are ended at a time.
const PIECE: i64 = 500;
/// The limit that all unknown browsers share.
const UNKNOWN: &str = "";

/// A code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeHash {
    /// Of the secret in the browser that asked for it.
    pub(crate) browser: String,
    /// Of that secret and the code.
    pub(crate) hash: String,
}

/// The state of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// There is none, or none any more.
    Absent,
    /// Its time is over, and its row still there.
    Over(SessionEnd),
    Open(Operator),
}

impl Store {
    /// Keeps a code for the browser that asked, beside those of other browsers. `known` is the browser's name in
    /// `known_browsers`, where it has one. Gives whether it is not too soon for another code: unknown browsers share one
    /// limit, and each known one has its own, so that strangers can't use up an operator's codes.
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
        .bind(email.to_owned())
        .bind(code.hash.clone())
        .bind((now + CODE_LASTS).as_millisecond())
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(true)
    }

    /// One try of the code that this browser asked for, which counts whatever comes of it. Gives whether it was right; it
    /// is right once. Other browsers' codes are not touched.
    pub(crate) async fn try_code(
        &self,
        email: &str,
        code: &CodeHash,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let tried = "UPDATE sign_in_codes SET tries = tries + 1 \
                     WHERE browser = $1 AND operator = $2 AND tries < $3 AND expires_at > $4";
        let tried = sqlx::query(tried).bind(code.browser.clone()).bind(email.to_owned()).bind(CODE_TRIES);
        let counts = tried.bind(now.as_millisecond()).execute(&mut *change).await?.rows_affected() > 0;
        if !counts {
            change.rollback().await?;
            return Ok(false);
        }
        // Hashes of 256 bits that nobody knows: how long it takes to compare them says nothing of the code.
        let used = sqlx::query("DELETE FROM sign_in_codes WHERE browser = $1 AND hash = $2");
        let used = used.bind(code.browser.clone()).bind(code.hash.clone()).execute(&mut *change).await?;
        change.commit().await?;
        Ok(used.rows_affected() > 0)
    }

    /// The operator has signed in with a code in the browser of that name.
    pub(crate) async fn know_browser(
        &self,
        email: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO known_browsers (hash, operator, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at",
        )
        .bind(browser.to_owned())
        .bind(email.to_owned())
        .bind((now + BROWSER_LASTS).as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Signs somebody in.
    pub(crate) async fn begin_session(
        &self,
        hash: &str,
        operator: &Operator,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO operator_sessions (hash, operator, begun_at, seen_at) VALUES ($1, $2, $3, $3)",
        )
        .bind(hash.to_owned())
        .bind(json(operator, "operator_sessions.operator")?)
        .bind(now.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// The session of that name, which goes on from now.
    pub(crate) async fn session_of(&self, hash: &str, now: Timestamp) -> Result<Session, StoreError> {
        let row = sqlx::query("SELECT operator, begun_at, seen_at FROM operator_sessions WHERE hash = $1");
        let row = row.bind(hash.to_owned()).fetch_optional(self.reader()).await?;
        let Some(row) = row else { return Ok(Session::Absent) };
        let (begun_at, seen_at) = times(&row)?;
        if let Some(end) = session_end(begun_at, seen_at, now) {
            return Ok(Session::Over(end));
        }
        if seen_at <= now - SEEN_EVERY {
            sqlx::query("UPDATE operator_sessions SET seen_at = $1 WHERE hash = $2")
                .bind(now.as_millisecond())
                .bind(hash.to_owned())
                .execute(&self.writer)
                .await?;
        }
        Ok(Session::Open(operator(&row)?))
    }

    /// Ends a session, and enters that with it. Whoever ends it a second time enters nothing.
    pub(crate) async fn end_session(
        &self,
        hash: &str,
        entry: impl FnOnce(&Operator) -> Entry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let ended = sqlx::query("DELETE FROM operator_sessions WHERE hash = $1 RETURNING operator");
        if let Some(row) = ended.bind(hash.to_owned()).fetch_optional(&mut *change).await? {
            audit::enter(&mut change, &entry(&operator(&row)?), crate::clock::fresh_id(), now).await?;
        }
        Ok(change.commit().await?)
    }

    /// Ends the sessions that nobody came back to. Gives their number.
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
            let Some(end) = session_end(begun_at, seen_at, now) else { continue };
            let hash: String = row.try_get("hash")?;
            self.end_session(&hash, |operator| entry(operator, end), now).await?;
            ended += 1;
        }
        Ok(ended)
    }

    /// Whether the key of that name still opens the console.
    pub(crate) async fn is_console_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let key = self.keys().await?.into_iter().find(|key| key.id == id);
        Ok(key.is_some_and(|key| key.opens_console(now)))
    }
}

/// The browser's name, if this operator has signed in there lately.
async fn known_browser<'a>(
    change: &mut AnyConnection,
    email: &str,
    browser: Option<&'a str>,
    now: Timestamp,
) -> Result<Option<&'a str>, StoreError> {
    let Some(browser) = browser else { return Ok(None) };
    let known = "SELECT hash FROM known_browsers WHERE hash = $1 AND operator = $2 AND expires_at > $3";
    let known: Option<String> = sqlx::query_scalar(known)
        .bind(browser.to_owned())
        .bind(email.to_owned())
        .bind(now.as_millisecond())
        .fetch_optional(change)
        .await?;
    Ok(known.map(|_| browser))
}

/// One more code to this operator, asked for under this limit. Gives whether it may go: one statement decides for all
/// servers.
async fn take_code(
    change: &mut AnyConnection,
    email: &str,
    browser: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "INSERT INTO code_limits (operator, browser, asked, since, asked_at) VALUES ($1, $2, 1, $3, $3) \
         ON CONFLICT (operator, browser) DO UPDATE SET \
         asked = CASE WHEN code_limits.since <= $4 THEN 1 ELSE code_limits.asked + 1 END, \
         since = CASE WHEN code_limits.since <= $4 THEN excluded.since ELSE code_limits.since END, \
         asked_at = excluded.asked_at \
         WHERE code_limits.asked_at <= $5 AND (code_limits.since <= $4 OR code_limits.asked < $6)",
    )
    .bind(email.to_owned())
    .bind(browser.to_owned())
    .bind(now.as_millisecond())
    .bind((now - HOUR).as_millisecond())
    .bind((now - BETWEEN_CODES).as_millisecond())
    .bind(CODES_AN_HOUR)
    .execute(change)
    .await?;
    Ok(taken.rows_affected() > 0)
}

fn times(row: &AnyRow) -> Result<(Timestamp, Timestamp), StoreError> {
    Ok((time(row.try_get("begun_at")?)?, time(row.try_get("seen_at")?)?))
}

fn operator(row: &AnyRow) -> Result<Operator, StoreError> {
    from_json(row.try_get("operator")?, "operator_sessions.operator")
}

#[cfg(test)]
mod tests;

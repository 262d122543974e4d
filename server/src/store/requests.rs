//! Relink requests, and the cooldown between emails about an account.

mod list;
pub(crate) mod results;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, SessionId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

pub(crate) use self::list::Filter;
use super::accounts::time;
use super::encryption::RowCipher;
use super::json_columns::{from_word, word};
use super::{Store, StoreError, Transaction};
use crate::domain::data_keys::DataKeys;
use crate::domain::language::Language;
use crate::domain::link_token::Secret;
use crate::domain::relink_request::Request;

const COLUMNS: &str = "id, account, customer, delivery, language, return_url, email, reason, is_automatic, state, session, \
                       created_at, expires_at, sent_at, opened_at, began_at, ended_at, failure";

/// Time between two emails about an account, as at Stripe.
pub(crate) const EMAIL_COOLDOWN: SignedDuration = SignedDuration::from_hours(48);

impl Store {
    /// Returns the request with this identifier.
    pub(crate) async fn request(&self, id: &str) -> Result<Option<Request>, StoreError> {
        self.request_where("id", id).await
    }

    /// Returns the request of this link.
    pub(crate) async fn request_by_link(&self, link: &Secret) -> Result<Option<Request>, StoreError> {
        self.request_where("link_hash", &link.hash()).await
    }

    /// Returns the request whose email had this opt-out secret.
    pub(crate) async fn request_by_opt_out(&self, secret: &Secret) -> Result<Option<Request>, StoreError> {
        self.request_where("opt_out_hash", &secret.hash()).await
    }

    /// Returns the request that Stripe hosts as this session.
    pub(crate) async fn request_by_session(&self, id: &SessionId) -> Result<Option<Request>, StoreError> {
        self.request_where("session", id.as_str()).await
    }

    async fn request_where(&self, column: &str, value: &str) -> Result<Option<Request>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM requests WHERE {column} = $1");
        let row = sqlx::query(AssertSqlSafe(statement)).bind(value.to_owned());
        row.fetch_optional(self.reader()).await?.map(|row| request(self.data_keys(), &row)).transpose()
    }

    /// Returns requests that have expired but are not marked so yet.
    pub(crate) async fn overdue_requests(
        &self,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<String>, StoreError> {
        let overdue = "SELECT id FROM requests WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
        let overdue = sqlx::query_scalar(overdue).bind(now.as_millisecond()).bind(most);
        Ok(overdue.fetch_all(self.reader()).await?)
    }
}

/// Inserts a new request.
pub(crate) async fn enter(change: &mut Transaction, request: &Request) -> Result<(), StoreError> {
    let key = [request.id.as_str()];
    let cipher = RowCipher::new(change.data_keys(), &key);
    let return_url = cipher.seal_optional("requests.return_url", request.return_url.as_deref())?;
    let email = cipher.seal_optional("requests.email", request.email.as_deref())?;
    sqlx::query(
        "INSERT INTO requests (id, account, customer, delivery, language, return_url, email, reason, is_automatic, state, \
         created_at, expires_at, stripe_account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(request.id.clone())
    .bind(request.account.to_string())
    .bind(request.customer.to_string())
    .bind(word(&request.delivery, "requests.delivery")?)
    .bind(request.language.code())
    .bind(return_url)
    .bind(email)
    .bind(word(&request.reason, "requests.reason")?)
    .bind(i64::from(request.is_automatic))
    .bind(request.state.as_str())
    .bind(request.created_at.as_millisecond())
    .bind(request.expires_at.as_millisecond())
    .bind(request.account.stripe_account().map(String::from))
    .execute(change)
    .await?;
    Ok(())
}

/// Sets the secrets of the link and the opt-out. An earlier link stops working.
pub(crate) async fn set_link(
    change: &mut Transaction,
    id: &str,
    link: &Secret,
    opt_out: Option<&Secret>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE requests SET link_hash = $1, opt_out_hash = $2 WHERE id = $3")
        .bind(link.hash())
        .bind(opt_out.map(Secret::hash))
        .bind(id.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

/// Sets the session in which Stripe hosts the request.
pub(crate) async fn set_session(
    change: &mut Transaction,
    id: &str,
    session: &SessionId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE requests SET session = $1 WHERE id = $2")
        .bind(session.to_string())
        .bind(id.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

/// Returns the request and locks its row until the transaction ends.
pub(crate) async fn for_update(
    store: &Store,
    change: &mut Transaction,
    id: &str,
) -> Result<Option<Request>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM requests WHERE id = $1{}", store.engine().for_update());
    let row = sqlx::query(AssertSqlSafe(statement)).bind(id.to_owned());
    row.fetch_optional(change).await?.map(|row| request(store.data_keys(), &row)).transpose()
}

/// Returns the open requests about this account, locked likewise, ordered by identifier.
pub(crate) async fn open_for_update(
    store: &Store,
    change: &mut Transaction,
    account: &AccountId,
) -> Result<Vec<Request>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM requests WHERE account = $1 AND ended_at IS NULL ORDER BY id{}",
        store.engine().for_update()
    );
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(account.to_string());
    rows.fetch_all(change).await?.iter().map(|row| request(store.data_keys(), row)).collect()
}

/// Stores the state of the request.
pub(crate) async fn save(change: &mut Transaction, request: &Request) -> Result<(), StoreError> {
    let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    sqlx::query(
        "UPDATE requests SET state = $1, sent_at = $2, opened_at = $3, ended_at = $4, failure = $5 WHERE id = $6",
    )
    .bind(request.state.as_str())
    .bind(millisecond(request.sent_at))
    .bind(millisecond(request.opened_at))
    .bind(millisecond(request.ended_at))
    .bind(request.failure.clone())
    .bind(request.id.clone())
    .execute(change)
    .await?;
    Ok(())
}

/// Records on the account's open requests that the customer has begun an attempt at the bank.
pub(crate) async fn note_attempt(
    change: &mut Transaction,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE requests SET began_at = $1 WHERE account = $2 AND ended_at IS NULL AND began_at IS NULL",
    )
    .bind(now.as_millisecond())
    .bind(account.to_string())
    .execute(change)
    .await?;
    Ok(())
}

/// Starts the account's email cooldown, unless one is running. Of several concurrent calls, on any number of servers,
/// one succeeds. The others return the time at which the cooldown ends.
pub(crate) async fn take_turn(
    change: &mut Transaction,
    account: &AccountId,
    request: &str,
    now: Timestamp,
) -> Result<Result<(), Timestamp>, StoreError> {
    let taken = sqlx::query(
        "INSERT INTO mail_turns (account, request, next_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account) DO UPDATE SET request = excluded.request, next_at = excluded.next_at \
         WHERE mail_turns.next_at <= $4",
    )
    .bind(account.to_string())
    .bind(request.to_owned())
    .bind(now.saturating_add(EMAIL_COOLDOWN).unwrap_or(now).as_millisecond())
    .bind(now.as_millisecond())
    .execute(&mut *change)
    .await?;
    if taken.rows_affected() > 0 {
        return Ok(Ok(()));
    }
    let next_at: i64 = sqlx::query_scalar("SELECT next_at FROM mail_turns WHERE account = $1")
        .bind(account.to_string())
        .fetch_one(change)
        .await?;
    Ok(Err(time(next_at)?))
}

/// Restarts the cooldown when the email was sent, or may have been, unless it was freed because the customer came.
pub(crate) async fn restart_cooldown(
    change: &mut Transaction,
    request: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE mail_turns SET next_at = $1 WHERE request = $2 AND next_at > 0")
        .bind(now.saturating_add(EMAIL_COOLDOWN).unwrap_or(now).as_millisecond())
        .bind(request.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

/// Ends the account's cooldown: the customer came, or, if `only` names a request, its email was never sent.
pub(crate) async fn end_cooldown(
    change: &mut Transaction,
    account: &AccountId,
    only: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE mail_turns SET next_at = 0 WHERE account = $1 AND ($2 = '' OR request = $2)")
        .bind(account.to_string())
        .bind(only.unwrap_or_default().to_owned())
        .execute(change)
        .await?;
    Ok(())
}

impl Store {
    /// Returns the time at which the cooldown ends; `None` if an email may be sent now.
    pub(crate) async fn cooldown_until(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let next_at = "SELECT next_at FROM mail_turns WHERE account = $1 AND next_at > $2";
        let next_at = sqlx::query_scalar(next_at).bind(account.to_string()).bind(now.as_millisecond());
        next_at.fetch_optional(self.reader()).await?.map(time).transpose()
    }
}

pub(super) fn request(keys: &DataKeys, row: &AnyRow) -> Result<Request, StoreError> {
    let key = [row.try_get("id")?];
    let cipher = RowCipher::new(keys, &key);
    let return_url = cipher.open_optional("requests.return_url", row.try_get("return_url")?)?;
    let email = cipher.open_optional("requests.email", row.try_get("email")?)?;
    with(row, return_url, email)
}

/// Returns the request with these texts in place of the encrypted ones.
fn with(row: &AnyRow, return_url: Option<String>, email: Option<String>) -> Result<Request, StoreError> {
    let at = |column: &str| row.try_get::<Option<i64>, _>(column)?.map(time).transpose();
    let session: Option<String> = row.try_get("session")?;
    let session = session.map(|session| from_word(&session, "requests.session")).transpose()?;
    Ok(Request {
        id: row.try_get("id")?,
        account: from_word(row.try_get("account")?, "requests.account")?,
        customer: from_word(row.try_get("customer")?, "requests.customer")?,
        delivery: from_word(row.try_get("delivery")?, "requests.delivery")?,
        // The language may be one that only another version knows.
        language: row.try_get::<String, _>("language")?.parse().unwrap_or(Language::English),
        return_url,
        email,
        reason: from_word(row.try_get("reason")?, "requests.reason")?,
        is_automatic: row.try_get::<i64, _>("is_automatic")? != 0,
        state: from_word(row.try_get("state")?, "requests.state")?,
        session,
        created_at: time(row.try_get("created_at")?)?,
        expires_at: time(row.try_get("expires_at")?)?,
        sent_at: at("sent_at")?,
        opened_at: at("opened_at")?,
        began_at: at("began_at")?,
        ended_at: at("ended_at")?,
        failure: row.try_get("failure")?,
    })
}

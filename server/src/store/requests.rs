//! Relink requests, and whose turn it is to get a mail.

mod list;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use relink_protocol::{AccountId, SessionId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

pub(crate) use self::list::Filter;
use super::accounts::time;
use super::words::{from_word, word};
use super::{Store, StoreError};
use crate::domain::language::Language;
use crate::domain::link::Secret;
use crate::domain::request::Request;

const COLUMNS: &str = "id, account, customer, delivery, language, return_url, email, reason, is_automatic, state, session, \
                       created_at, expires_at, sent_at, opened_at, ended_at, failure";

/// One mail about an account in so long, as Stripe has it.
pub(crate) const BETWEEN_MAILS: SignedDuration = SignedDuration::from_hours(48);

impl Store {
    /// The request of that name.
    pub(crate) async fn request(&self, id: &str) -> Result<Option<Request>, StoreError> {
        self.request_where("id", id).await
    }

    /// The request that this link leads to.
    pub(crate) async fn request_by_link(&self, link: &Secret) -> Result<Option<Request>, StoreError> {
        self.request_where("link_hash", &link.hash()).await
    }

    /// The request whose mail had this in it, for saying "no more of these".
    pub(crate) async fn request_by_opt_out(&self, secret: &Secret) -> Result<Option<Request>, StoreError> {
        self.request_where("opt_out_hash", &secret.hash()).await
    }

    /// The request that Stripe hosts as this session.
    pub(crate) async fn request_by_session(&self, id: &SessionId) -> Result<Option<Request>, StoreError> {
        self.request_where("session", id.as_str()).await
    }

    async fn request_where(&self, column: &str, value: &str) -> Result<Option<Request>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM requests WHERE {column} = $1");
        let row = sqlx::query(AssertSqlSafe(statement)).bind(value.to_owned());
        row.fetch_optional(self.reader()).await?.as_ref().map(request).transpose()
    }

    /// Requests whose time is over and of which nobody has said so.
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

/// Enters a new one.
pub(crate) async fn enter(change: &mut AnyConnection, request: &Request) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO requests (id, account, customer, delivery, language, return_url, email, reason, is_automatic, state, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(request.id.clone())
    .bind(request.account.to_string())
    .bind(request.customer.to_string())
    .bind(word(&request.delivery, "requests.delivery")?)
    .bind(request.language.code())
    .bind(request.return_url.clone())
    .bind(request.email.clone())
    .bind(word(&request.reason, "requests.reason")?)
    .bind(i64::from(request.is_automatic))
    .bind(request.state.as_str())
    .bind(request.created_at.as_millisecond())
    .bind(request.expires_at.as_millisecond())
    .execute(change)
    .await?;
    Ok(())
}

/// What its link carries from now on; the link before it, if any, leads nowhere.
pub(crate) async fn set_link(
    change: &mut AnyConnection,
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

/// As what session Stripe hosts it.
pub(crate) async fn set_session(
    change: &mut AnyConnection,
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

/// The request, which nobody else may change until this change is over.
pub(crate) async fn for_update(
    store: &Store,
    change: &mut AnyConnection,
    id: &str,
) -> Result<Option<Request>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM requests WHERE id = $1{}", store.engine().for_update());
    let row = sqlx::query(AssertSqlSafe(statement)).bind(id.to_owned());
    row.fetch_optional(change).await?.as_ref().map(request).transpose()
}

/// Those about this account that have not ended, likewise, in the order of their identifiers.
pub(crate) async fn open_for_update(
    store: &Store,
    change: &mut AnyConnection,
    account: &AccountId,
) -> Result<Vec<Request>, StoreError> {
    let statement = format!(
        "SELECT {COLUMNS} FROM requests WHERE account = $1 AND ended_at IS NULL ORDER BY id{}",
        store.engine().for_update()
    );
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(account.to_string());
    rows.fetch_all(change).await?.iter().map(request).collect()
}

/// Keeps how far it is.
pub(crate) async fn save(change: &mut AnyConnection, request: &Request) -> Result<(), StoreError> {
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

/// Takes the account's turn for a mail, if it is there: of however many who try at once, on however many servers, one
/// gets it. The others hear from when on the next one is there.
pub(crate) async fn take_turn(
    change: &mut AnyConnection,
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
    .bind(now.saturating_add(BETWEEN_MAILS).unwrap_or(now).as_millisecond())
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

/// The mail went only now, or may have: the next one waits from here on, unless the customer has come meanwhile.
pub(crate) async fn turn_begins(
    change: &mut AnyConnection,
    request: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE mail_turns SET next_at = $1 WHERE request = $2 AND next_at > 0")
        .bind(now.saturating_add(BETWEEN_MAILS).unwrap_or(now).as_millisecond())
        .bind(request.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

/// The account's next mail may go at once: the customer came, or, where a request is named, its mail never went.
pub(crate) async fn free_turn(
    change: &mut AnyConnection,
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
    /// From when on a mail about this account may go; `None` where it may now.
    pub(crate) async fn next_turn(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let next_at = "SELECT next_at FROM mail_turns WHERE account = $1 AND next_at > $2";
        let next_at = sqlx::query_scalar(next_at).bind(account.to_string()).bind(now.as_millisecond());
        next_at.fetch_optional(self.reader()).await?.map(time).transpose()
    }
}

pub(super) fn request(row: &AnyRow) -> Result<Request, StoreError> {
    let at = |column: &str| row.try_get::<Option<i64>, _>(column)?.map(time).transpose();
    let session: Option<String> = row.try_get("session")?;
    let session = session.map(|session| from_word(&session, "requests.session")).transpose()?;
    Ok(Request {
        id: row.try_get("id")?,
        account: from_word(row.try_get("account")?, "requests.account")?,
        customer: from_word(row.try_get("customer")?, "requests.customer")?,
        delivery: from_word(row.try_get("delivery")?, "requests.delivery")?,
        // One that another version knew.
        language: Language::named(row.try_get("language")?).unwrap_or(Language::English),
        return_url: row.try_get("return_url")?,
        email: row.try_get("email")?,
        reason: from_word(row.try_get("reason")?, "requests.reason")?,
        is_automatic: row.try_get::<i64, _>("is_automatic")? != 0,
        state: from_word(row.try_get("state")?, "requests.state")?,
        session,
        created_at: time(row.try_get("created_at")?)?,
        expires_at: time(row.try_get("expires_at")?)?,
        sent_at: at("sent_at")?,
        opened_at: at("opened_at")?,
        ended_at: at("ended_at")?,
        failure: row.try_get("failure")?,
    })
}

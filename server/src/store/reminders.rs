//! Last reminder about each account, and customers who have opted out.

use jiff::Timestamp;
use relink_protocol::{AccountId, HolderId};

use super::accounts::time;
use super::{Store, StoreError, Transaction};
use crate::domain::connection::StoredAccount;
use crate::domain::language::Language;
use crate::domain::reminders::Reminder;

impl Store {
    /// Returns the last reminder about this account since it last worked.
    pub(crate) async fn reminded(&self, account: &AccountId) -> Result<Option<Reminder>, StoreError> {
        let stage = sqlx::query_scalar("SELECT stage FROM reminders WHERE account = $1");
        let stage: Option<String> = stage.bind(account.to_string()).fetch_optional(self.reader()).await?;
        Ok(stage.and_then(|stage| stage.parse().ok()))
    }

    /// Claims the reminder of the account's bank login until then. Of the login's accounts, on any number of servers, one
    /// has it, and may claim it again; the others get the end of its claim.
    pub(crate) async fn claim_login(
        &self,
        kept: &StoredAccount,
        stage: Reminder,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(key) = login_key(kept, stage) else { return Ok(None) };
        let claimed = sqlx::query(
            "INSERT INTO mail_turns (account, request, next_at) VALUES ($1, $2, $3) \
             ON CONFLICT (account) DO UPDATE SET request = excluded.request, next_at = excluded.next_at \
             WHERE mail_turns.next_at <= $4 OR mail_turns.request = excluded.request",
        )
        .bind(key.clone())
        .bind(kept.account.id.to_string())
        .bind(until.as_millisecond())
        .bind(now.as_millisecond())
        .execute(&self.writer)
        .await?;
        if claimed.rows_affected() > 0 {
            return Ok(None);
        }
        let end = sqlx::query_scalar("SELECT next_at FROM mail_turns WHERE account = $1").bind(key);
        let end: Option<i64> = end.fetch_optional(self.reader()).await?;
        // If it was released meanwhile, nothing was sent.
        end.map(time).transpose()
    }

    /// Releases the claim if no reminder was sent, so that the login's other accounts get theirs.
    pub(crate) async fn release_login(
        &self,
        kept: &StoredAccount,
        stage: Reminder,
    ) -> Result<(), StoreError> {
        if let Some(key) = login_key(kept, stage) {
            sqlx::query("DELETE FROM mail_turns WHERE account = $1 AND request = $2")
                .bind(key)
                .bind(kept.account.id.to_string())
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    /// Returns the language in which the account's customer last used the page.
    pub(crate) async fn language_of(&self, account: &AccountId) -> Result<Option<Language>, StoreError> {
        let language = sqlx::query_scalar(
            "SELECT language FROM attempts WHERE customer = (SELECT customer FROM accounts WHERE id = $1) \
             ORDER BY started_at DESC LIMIT 1",
        );
        let language: Option<String> =
            language.bind(account.to_string()).fetch_optional(self.reader()).await?;
        Ok(language.and_then(|language| language.parse().ok()))
    }

    /// Records that this reminder was sent or skipped.
    pub(crate) async fn record_reminder(
        &self,
        account: &AccountId,
        stage: Reminder,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO reminders (account, stage, at) VALUES ($1, $2, $3) \
             ON CONFLICT (account) DO UPDATE SET stage = excluded.stage, at = excluded.at",
        )
        .bind(account.to_string())
        .bind(stage.as_str())
        .bind(now.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// True if the customer has opted out of automatic emails.
    pub(crate) async fn has_opted_out(&self, customer: &HolderId) -> Result<bool, StoreError> {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM opt_outs WHERE customer = $1");
        let count: i64 = count.bind(customer.to_string()).fetch_one(self.reader()).await?;
        Ok(count > 0)
    }
}

/// Returns the key of the reminder that a bank login's accounts share, beside the accounts' own keys in `mail_turns`.
fn login_key(kept: &StoredAccount, stage: Reminder) -> Option<String> {
    let customer = kept.account.holder()?;
    let login = kept.account.authorization.as_ref()?;
    Some(format!("{customer} {login} {}", stage.as_str()))
}

/// Replaces the last reminder of an account that works again by the one that is needed no more, if any.
pub(crate) async fn restart(
    change: &mut Transaction,
    account: &AccountId,
    known: Option<Reminder>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = account.to_string();
    sqlx::query("DELETE FROM reminders WHERE account = $1").bind(id.clone()).execute(&mut *change).await?;
    if let Some(stage) = known {
        sqlx::query("INSERT INTO reminders (account, stage, at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(stage.as_str())
            .bind(now.as_millisecond())
            .execute(change)
            .await?;
    }
    Ok(())
}

/// Stores the opt-out or removes it. Returns true if that is a change.
pub(crate) async fn set_opt_out(
    change: &mut Transaction,
    customer: &HolderId,
    is_out: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let set = if is_out {
        sqlx::query("INSERT INTO opt_outs (customer, at) VALUES ($1, $2) ON CONFLICT (customer) DO NOTHING")
            .bind(customer.to_string())
            .bind(now.as_millisecond())
    } else {
        sqlx::query("DELETE FROM opt_outs WHERE customer = $1").bind(customer.to_string())
    };
    Ok(set.execute(change).await?.rows_affected() > 0)
}

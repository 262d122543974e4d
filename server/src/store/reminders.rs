//! Which automatic mail about an account was the last, and who wants none.

use jiff::Timestamp;
use relink_protocol::{AccountId, CustomerId};
use sqlx::AnyConnection;

use super::{Store, StoreError};
use crate::domain::language::Language;
use crate::domain::remind::Stage;

impl Store {
    /// The last reminder about this account since it worked.
    pub(crate) async fn reminded(&self, account: &AccountId) -> Result<Option<Stage>, StoreError> {
        let stage = sqlx::query_scalar("SELECT stage FROM reminders WHERE account = $1");
        let stage: Option<String> = stage.bind(account.to_string()).fetch_optional(self.reader()).await?;
        Ok(stage.as_deref().and_then(Stage::named))
    }

    /// What the account's customer last spoke to the page.
    pub(crate) async fn language_of(&self, account: &AccountId) -> Result<Option<Language>, StoreError> {
        let language = sqlx::query_scalar(
            "SELECT language FROM attempts WHERE customer = (SELECT customer FROM accounts WHERE id = $1) \
             ORDER BY started_at DESC LIMIT 1",
        );
        let language: Option<String> =
            language.bind(account.to_string()).fetch_optional(self.reader()).await?;
        Ok(language.as_deref().and_then(Language::named))
    }

    /// That this reminder was dealt with.
    pub(crate) async fn note_reminder(
        &self,
        account: &AccountId,
        stage: Stage,
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

    /// Whether the customer wants no automatic mails.
    pub(crate) async fn has_opted_out(&self, customer: &CustomerId) -> Result<bool, StoreError> {
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM opt_outs WHERE customer = $1");
        let count: i64 = count.bind(customer.to_string()).fetch_one(self.reader()).await?;
        Ok(count > 0)
    }
}

/// It works again: what was reminded of is over.
pub(crate) async fn forget(change: &mut AnyConnection, account: &AccountId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM reminders WHERE account = $1").bind(account.to_string()).execute(change).await?;
    Ok(())
}

/// Whether the customer wants automatic mails from now on. Gives whether that is another will than before.
pub(crate) async fn set_opt_out(
    change: &mut AnyConnection,
    customer: &CustomerId,
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

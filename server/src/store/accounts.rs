//! Linked accounts as last read from Stripe.

use jiff::Timestamp;
use relink_protocol::stripe::{Account, Cause, PaymentBlock};
use relink_protocol::{AccountId, AuthorizationId, HolderId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::encryption::RowCipher;
use super::json_columns::{from_json, from_word, json};
use super::{Store, StoreError, Transaction, rows};
use crate::domain::connection::{StoredAccount, from_words};
use crate::domain::data_keys::DataKeys;
use crate::domain::merchant_event::REPLACED;
use crate::domain::recheck::Class;

/// Name of the column in its blind index.
pub(super) const LAST4: &str = "accounts.last4";

pub(super) const COLUMNS: &str = "id, account, as_of, read_at, changed_at, recheck_at, revision, told, state, cause, expires_on, replaced_by, \
     payment_block";

impl Store {
    /// Returns the account, if it was ever read.
    pub(crate) async fn account(&self, id: &AccountId) -> Result<Option<StoredAccount>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM accounts WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(statement)).bind(id.as_str().to_owned());
        row.fetch_optional(self.reader()).await?.map(|row| kept(self.data_keys(), &row)).transpose()
    }

    /// Returns every account of the customer that was ever read, ordered by identifier.
    pub(crate) async fn accounts_of(&self, customer: &HolderId) -> Result<Vec<StoredAccount>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM accounts WHERE customer = $1 ORDER BY id");
        let rows = sqlx::query(AssertSqlSafe(statement)).bind(customer.as_str().to_owned());
        rows.fetch_all(self.reader()).await?.iter().map(|row| kept(self.data_keys(), row)).collect()
    }

    /// Returns every account of the bank login that was ever read, ordered by identifier.
    pub(crate) async fn accounts_of_login(
        &self,
        login: &AuthorizationId,
    ) -> Result<Vec<StoredAccount>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM accounts WHERE authorization_id = $1 ORDER BY id");
        let rows = sqlx::query(AssertSqlSafe(statement)).bind(login.as_str().to_owned());
        rows.fetch_all(self.reader()).await?.iter().map(|row| kept(self.data_keys(), row)).collect()
    }

    /// Returns those of the accounts that another one has replaced.
    pub(crate) async fn replaced_among(&self, accounts: &[Account]) -> Result<Vec<AccountId>, StoreError> {
        let mut replaced = Vec::new();
        for accounts in accounts.chunks(500) {
            let statement = format!(
                "SELECT id FROM accounts WHERE replaced_by IS NOT NULL AND state = '{REPLACED}' AND id IN {}",
                rows(self.engine(), 1, accounts.len())
            );
            let mut query = sqlx::query_scalar(AssertSqlSafe(statement));
            for account in accounts {
                query = query.bind(account.id.to_string());
            }
            let ids: Vec<String> = query.fetch_all(self.reader()).await?;
            for id in ids {
                replaced.push(from_word(&id, "accounts.id")?);
            }
        }
        Ok(replaced)
    }

    /// Returns the blocks of those of the accounts whose payment method Stripe no longer debits.
    pub(crate) async fn blocks_among(
        &self,
        accounts: &[Account],
    ) -> Result<Vec<(AccountId, PaymentBlock)>, StoreError> {
        let mut blocks = Vec::new();
        for accounts in accounts.chunks(500) {
            let statement = format!(
                "SELECT id, payment_block FROM accounts WHERE payment_block IS NOT NULL AND id IN {}",
                rows(self.engine(), 1, accounts.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for account in accounts {
                query = query.bind(account.id.to_string());
            }
            for row in query.fetch_all(self.reader()).await? {
                let id = from_word(row.try_get("id")?, "accounts.id")?;
                blocks.push((id, from_json(row.try_get("payment_block")?, "accounts.payment_block")?));
            }
        }
        Ok(blocks)
    }

    /// Returns a version for each customer that changes whenever something that the customer could see has changed.
    pub(crate) async fn versions(
        &self,
        customers: &[HolderId],
    ) -> Result<Vec<(HolderId, String)>, StoreError> {
        let mut versions = Vec::with_capacity(customers.len());
        for customers in customers.chunks(500) {
            let statement = format!(
                "SELECT customer, COUNT(*), CAST(SUM(revision) AS BIGINT) FROM accounts WHERE customer IN {} \
                 GROUP BY customer",
                rows(self.engine(), 1, customers.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(statement));
            for customer in customers {
                query = query.bind(customer.as_str().to_owned());
            }
            for row in query.fetch_all(self.reader()).await? {
                let customer: String = row.try_get(0)?;
                let customer = customer.parse().map_err(|_| StoreError::Unreadable("accounts.customer"))?;
                versions.push((customer, version(row.try_get(1)?, row.try_get(2)?)));
            }
        }
        Ok(versions)
    }
}

/// Builds a version from the number of accounts and the sum of their revisions.
pub(crate) fn version(accounts: i64, changes: i64) -> String {
    format!("{accounts}-{changes}")
}

/// Returns the account and locks its row until the transaction ends.
pub(crate) async fn for_update(
    store: &Store,
    change: &mut Transaction,
    id: &AccountId,
) -> Result<Option<StoredAccount>, StoreError> {
    let statement = format!("SELECT {COLUMNS} FROM accounts WHERE id = $1{}", store.engine().for_update());
    let row = sqlx::query(AssertSqlSafe(statement)).bind(id.as_str().to_owned());
    row.fetch_optional(change).await?.map(|row| kept(store.data_keys(), &row)).transpose()
}

/// Inserts or updates the account. `is_updatable` is true if its customer can be asked to share more.
pub(crate) async fn save(
    change: &mut Transaction,
    kept: &StoredAccount,
    is_updatable: bool,
) -> Result<(), StoreError> {
    let account =
        serde_json::to_string(&kept.account).map_err(|_| StoreError::Unreadable("accounts.account"))?;
    let keys = change.data_keys();
    let account = RowCipher::new(keys, &[kept.account.id.as_str()]).seal("accounts.account", &account)?;
    let last4 = kept.account.last4.as_deref().map(|last4| keys.index(LAST4, last4));
    let (state, cause, expires_on) = kept.in_words();
    let holder = kept.account.holder();
    sqlx::query(
        "INSERT INTO accounts (id, customer, authorization_id, institution_name, state, cause, expires_on, account, \
         as_of, read_at, changed_at, recheck_at, revision, told, last4, recheck_class, replaced_by, payment_block, \
         is_updatable, stripe_account) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
         ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, authorization_id = excluded.authorization_id, \
         institution_name = excluded.institution_name, state = excluded.state, cause = excluded.cause, \
         expires_on = excluded.expires_on, account = excluded.account, as_of = excluded.as_of, \
         read_at = excluded.read_at, changed_at = excluded.changed_at, recheck_at = excluded.recheck_at, \
         revision = excluded.revision, told = excluded.told, last4 = excluded.last4, \
         recheck_class = excluded.recheck_class, replaced_by = excluded.replaced_by, \
         payment_block = excluded.payment_block, is_updatable = excluded.is_updatable, \
         stripe_account = excluded.stripe_account",
    )
    .bind(kept.account.id.to_string())
    .bind(holder.map(ToString::to_string))
    .bind(kept.account.authorization.as_ref().map(ToString::to_string))
    .bind(kept.account.institution_name.clone())
    .bind(state)
    .bind(cause.map(|cause| cause.as_str().to_owned()))
    .bind(expires_on)
    .bind(account)
    .bind(kept.as_of)
    .bind(kept.read_at.as_millisecond())
    .bind(kept.changed_at.as_millisecond())
    .bind(kept.recheck_at.map(Timestamp::as_millisecond))
    .bind(kept.revision)
    .bind(kept.told.clone())
    .bind(last4)
    .bind(Class::of(kept) as i64)
    .bind(kept.replaced_by.as_ref().map(ToString::to_string))
    .bind(kept.account.payment_block.as_ref().map(|it| json(it, "accounts.payment_block")).transpose()?)
    .bind(i64::from(is_updatable))
    .bind(kept.account.id.stripe_account().map(String::from))
    .execute(change)
    .await?;
    Ok(())
}

/// Deletes an account that Stripe no longer knows. Returns true if there was a row.
pub(crate) async fn remove(change: &mut Transaction, id: &AccountId) -> Result<bool, StoreError> {
    let removed = sqlx::query("DELETE FROM accounts WHERE id = $1")
        .bind(id.as_str().to_owned())
        .execute(change)
        .await?;
    Ok(removed.rows_affected() > 0)
}

pub(super) fn kept(keys: &DataKeys, row: &AnyRow) -> Result<StoredAccount, StoreError> {
    let account =
        RowCipher::new(keys, &[row.try_get("id")?]).open("accounts.account", row.try_get("account")?)?;
    let mut account: Account = from_json(&account, "accounts.account")?;
    let block: Option<String> = row.try_get("payment_block")?;
    account.payment_block = block.map(|block| from_json(&block, "accounts.payment_block")).transpose()?;
    let read_at = time(row.try_get("read_at")?)?;
    let (state, cause): (String, Option<String>) = (row.try_get("state")?, row.try_get("cause")?);
    let replaced_by: Option<String> = row.try_get("replaced_by")?;
    let replaced_by = replaced_by.map(|by| from_word(&by, "accounts.replaced_by")).transpose()?;
    Ok(StoredAccount {
        // An earlier release that runs beside this one sets the state and leaves `replaced_by` as it is.
        replaced_by: replaced_by.filter(|_| state == REPLACED),
        condition: from_words(&state, cause.map(Cause::from), row.try_get("expires_on")?),
        account,
        as_of: row.try_get("as_of")?,
        read_at,
        changed_at: time(row.try_get("changed_at")?)?,
        recheck_at: row.try_get::<Option<i64>, _>("recheck_at")?.map(time).transpose()?,
        revision: row.try_get("revision")?,
        told: row.try_get("told")?,
    })
}

/// Parses a time as the database stores it.
pub(crate) fn time(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|_| StoreError::Unreadable("a time"))
}

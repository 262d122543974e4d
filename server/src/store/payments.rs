//! Progress of making a payment method for an account that an attempt added.

use std::net::IpAddr;

use jiff::Timestamp;
use relink_protocol::{AccountId, PaymentMethodId, SessionId};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::time;
use super::encryption::RowCipher;
use super::job_queue::Lease;
use super::json_columns::{from_json, from_word, json};
use super::{Store, StoreError, Transaction};
use crate::domain::payment::Acceptance;
use crate::domain::payment_message::MadePaymentMethod;

const ACCEPTANCE: &str = "payments.acceptance";

/// Progress of one payment method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payment {
    /// The customer's acceptance of the mandate, until Stripe refuses.
    pub(crate) acceptance: Option<Acceptance>,
    /// Number of Stripe's refusals.
    pub(crate) refusals: u32,
    pub(crate) is_made: bool,
}

impl Store {
    /// Returns the progress for this account.
    pub(crate) async fn payment(
        &self,
        session: &SessionId,
        account: &AccountId,
    ) -> Result<Payment, StoreError> {
        let key = [session.as_str(), account.as_str()];
        let cipher = RowCipher::new(self.data_keys(), &key);
        let row = sqlx::query(
            "SELECT acceptance, refusals, made_at FROM payments WHERE session = $1 AND account = $2",
        );
        let row = row.bind(session.to_string()).bind(account.to_string());
        let row = row.fetch_optional(self.reader()).await?;
        row.map_or_else(|| Ok(Payment::default()), |row| payment(&cipher, &row))
    }

    /// Takes the lease for making the payment method. Returns `None` if another click holds it, the payment method is
    /// made, or Stripe has refused more than `refusals` times.
    pub(crate) async fn hold(
        &self,
        session: &SessionId,
        account: &AccountId,
        lease: &Lease,
        refusals: u32,
        now: Timestamp,
    ) -> Result<Option<Payment>, StoreError> {
        let mut change = self.change().await?;
        let row = sqlx::query(
            "INSERT INTO payments (session, account, refusals, held_by, held_until) VALUES ($1, $2, 0, $3, $4) \
             ON CONFLICT (session, account) DO UPDATE SET held_by = excluded.held_by, held_until = excluded.held_until \
             WHERE payments.held_until <= $5 AND payments.made_at IS NULL AND payments.refusals <= $6 \
             RETURNING acceptance, refusals, made_at",
        )
        .bind(session.to_string())
        .bind(account.to_string())
        .bind(lease.holder.clone())
        .bind(lease.until.as_millisecond())
        .bind(now.as_millisecond())
        .bind(i64::from(refusals))
        .fetch_optional(&mut *change)
        .await?;
        change.commit().await?;
        let key = [session.as_str(), account.as_str()];
        row.map(|row| payment(&RowCipher::new(self.data_keys(), &key), &row)).transpose()
    }

    /// Returns the payment method that was made for this account, unless the work of making it the default is over.
    pub(crate) async fn awaiting_default(
        &self,
        session: &SessionId,
        account: &AccountId,
    ) -> Result<Option<PaymentMethodId>, StoreError> {
        let method = sqlx::query_scalar(
            "SELECT payment_method FROM payments WHERE session = $1 AND account = $2 AND payment_method IS NOT NULL \
             AND default_at IS NULL",
        );
        let method: Option<String> =
            method.bind(session.to_string()).bind(account.to_string()).fetch_optional(self.reader()).await?;
        method.map(|method| from_word(&method, "payments.payment_method")).transpose()
    }

    /// Releases the lease, so that the next click can resume.
    pub(crate) async fn let_go(
        &self,
        session: &SessionId,
        account: &AccountId,
        lease: &Lease,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE payments SET held_by = NULL, held_until = 0 WHERE session = $1 AND account = $2 AND held_by = $3",
        )
        .bind(session.to_string())
        .bind(account.to_string())
        .bind(lease.holder.clone())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// Stores the customer's acceptance if the lease is still held. An earlier acceptance stays, and the result is false.
pub(crate) async fn accept(
    change: &mut Transaction,
    session: &SessionId,
    account: &AccountId,
    lease: &Lease,
    acceptance: &Acceptance,
) -> Result<bool, StoreError> {
    let acceptance = json(&StoredAcceptance::from(acceptance), ACCEPTANCE)?;
    let key = [session.as_str(), account.as_str()];
    let acceptance = RowCipher::new(change.data_keys(), &key).seal(ACCEPTANCE, &acceptance)?;
    let accepted = sqlx::query(
        "UPDATE payments SET acceptance = $1 WHERE session = $2 AND account = $3 AND held_by = $4 \
         AND acceptance IS NULL",
    )
    .bind(acceptance)
    .bind(session.to_string())
    .bind(account.to_string())
    .bind(lease.holder.clone())
    .execute(change)
    .await?;
    Ok(accepted.rows_affected() > 0)
}

/// Counts Stripe's refusal once and deletes the acceptance, so that the customer has to accept again.
pub(crate) async fn refuse(
    change: &mut Transaction,
    session: &SessionId,
    account: &AccountId,
    lease: &Lease,
) -> Result<bool, StoreError> {
    let refused = sqlx::query(
        "UPDATE payments SET acceptance = NULL, refusals = refusals + 1, held_by = NULL, held_until = 0 \
         WHERE session = $1 AND account = $2 AND held_by = $3",
    )
    .bind(session.to_string())
    .bind(account.to_string())
    .bind(lease.holder.clone())
    .execute(change)
    .await?;
    Ok(refused.rows_affected() > 0)
}

/// Records that Stripe has made the payment method, whichever click holds the lease. Returns false if that was known
/// already.
pub(crate) async fn made(
    change: &mut Transaction,
    session: &SessionId,
    account: &AccountId,
    made: &MadePaymentMethod,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let made = sqlx::query(
        "UPDATE payments SET made_at = $1, setup_intent = $2, payment_method = $3, mandate = $4, held_by = NULL, \
         held_until = 0 WHERE session = $5 AND account = $6 AND made_at IS NULL",
    )
    .bind(now.as_millisecond())
    .bind(made.setup_intent.to_string())
    .bind(made.payment_method.to_string())
    .bind(made.mandate.clone())
    .bind(session.to_string())
    .bind(account.to_string())
    .execute(change)
    .await?;
    Ok(made.rows_affected() > 0)
}

/// Records that Stripe has made the account an external account. Returns false if that was known already.
pub(crate) async fn made_external(
    change: &mut Transaction,
    session: &SessionId,
    account: &AccountId,
    external_account: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let made = sqlx::query(
        "UPDATE payments SET made_at = $1, external_account = $2, held_by = NULL, held_until = 0 \
         WHERE session = $3 AND account = $4 AND made_at IS NULL",
    )
    .bind(now.as_millisecond())
    .bind(external_account.to_owned())
    .bind(session.to_string())
    .bind(account.to_string())
    .execute(change)
    .await?;
    Ok(made.rows_affected() > 0)
}

/// True if Stripe has made a payment method or an external account of this account.
pub(crate) async fn is_made(
    change: &mut Transaction,
    session: &SessionId,
    account: &AccountId,
) -> Result<bool, StoreError> {
    let made = sqlx::query_scalar(
        "SELECT COUNT(*) FROM payments WHERE session = $1 AND account = $2 AND made_at IS NOT NULL",
    );
    let made: i64 = made.bind(session.to_string()).bind(account.to_string()).fetch_one(change).await?;
    Ok(made > 0)
}

/// Records that the work of making the payment method the default is over. Returns false if that was known already.
pub(crate) async fn end_default(
    change: &mut Transaction,
    session: &SessionId,
    account: &AccountId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ended = sqlx::query(
        "UPDATE payments SET default_at = $1 WHERE session = $2 AND account = $3 AND default_at IS NULL",
    )
    .bind(now.as_millisecond())
    .bind(session.to_string())
    .bind(account.to_string())
    .execute(change)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Stored form of an acceptance.
#[derive(Serialize, Deserialize)]
struct StoredAcceptance {
    /// Milliseconds since 1970.
    at: i64,
    ip: IpAddr,
    user_agent: String,
    name: String,
}

impl From<&Acceptance> for StoredAcceptance {
    fn from(acceptance: &Acceptance) -> Self {
        let Acceptance { at, ip, user_agent, name } = acceptance.clone();
        Self { at: at.as_millisecond(), ip, user_agent, name }
    }
}

fn payment(cipher: &RowCipher<'_>, row: &AnyRow) -> Result<Payment, StoreError> {
    let refusals: i64 = row.try_get("refusals")?;
    let acceptance = cipher.open_optional(ACCEPTANCE, row.try_get("acceptance")?)?;
    let acceptance: Option<StoredAcceptance> =
        acceptance.map(|text| from_json(&text, ACCEPTANCE)).transpose()?;
    let acceptance = acceptance.map(|StoredAcceptance { at, ip, user_agent, name }| {
        Ok::<_, StoreError>(Acceptance { at: time(at)?, ip, user_agent, name })
    });
    Ok(Payment {
        acceptance: acceptance.transpose()?,
        refusals: u32::try_from(refusals).unwrap_or(u32::MAX),
        is_made: row.try_get::<Option<i64>, _>("made_at")?.is_some(),
    })
}

#[cfg(test)]
mod tests;

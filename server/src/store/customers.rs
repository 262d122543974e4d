//! Customers whose accounts have all been listed.

use jiff::Timestamp;
use relink_protocol::HolderId;

use super::accounts::time;
use super::{Store, StoreError, Transaction};

impl Store {
    /// Returns the time at which all of the customer's accounts were last listed.
    pub(crate) async fn listed_at(&self, customer: &HolderId) -> Result<Option<Timestamp>, StoreError> {
        let listed = sqlx::query_scalar("SELECT listed_at FROM customers WHERE id = $1");
        let listed: Option<i64> =
            listed.bind(customer.as_str().to_owned()).fetch_optional(self.reader()).await?;
        listed.map(time).transpose()
    }
}

/// Records that all of the customer's accounts are known as of now.
pub(crate) async fn listed(
    change: &mut Transaction,
    customer: &HolderId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO customers (id, listed_at) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET listed_at = excluded.listed_at",
    )
    .bind(customer.as_str().to_owned())
    .bind(now.as_millisecond())
    .execute(change)
    .await?;
    Ok(())
}

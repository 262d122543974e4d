//! Names of connected accounts' businesses, in `meta`.

use relink_protocol::StripeAccountId;
use serde::{Deserialize, Serialize};

use super::json_columns::json;
use super::{Store, StoreError};

const NAME: &str = "merchant_name";

/// Name of a connected account's business as Stripe last had it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredName {
    /// `None` if Stripe has none, or does not tell it.
    pub(crate) name: Option<String>,
    /// Time of the reading, in seconds since 1970.
    pub(crate) read_at: i64,
}

impl Store {
    /// Returns the name, if it was ever read. One that another release has stored in another form counts as none.
    pub(crate) async fn merchant_name(
        &self,
        account: &StripeAccountId,
    ) -> Result<Option<StoredName>, StoreError> {
        let stored = self.meta(&account.qualified(NAME)).await?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored).ok()))
    }

    /// Stores a reading.
    pub(crate) async fn save_merchant_name(
        &self,
        account: &StripeAccountId,
        stored: &StoredName,
    ) -> Result<(), StoreError> {
        self.set_meta(&account.qualified(NAME), &json(stored, "meta.merchant_name")?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    #[tokio::test]
    async fn each_connected_account_has_a_name_of_its_own() {
        for test in both().await {
            let [potter, weaver] = ["acct_Potter", "acct_Weaver"].map(|id| id.parse().unwrap());
            for name in [Some("Potter's Wheel".to_owned()), None] {
                let stored = StoredName { name, read_at: 1000 };
                test.store.save_merchant_name(&potter, &stored).await.unwrap();
                assert_eq!(test.store.merchant_name(&potter).await.unwrap(), Some(stored));
            }
            assert_eq!(test.store.merchant_name(&weaver).await.unwrap(), None);
        }
    }
}

//! Banks as last read from Stripe.

use jiff::Timestamp;
use relink_protocol::InstitutionId;
use relink_protocol::stripe::Institution;
use sqlx::{AssertSqlSafe, Row};

use super::accounts::time;
use super::json_columns::{from_json, json};
use super::{Store, StoreError, Transaction};

/// Bank as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredInstitution {
    pub(crate) institution: Institution,
    pub(crate) read_at: Timestamp,
    /// Trouble that was last reported to the merchant; `None` if none was.
    pub(crate) told: Option<String>,
}

impl Store {
    /// Returns the bank, if it was ever read.
    pub(crate) async fn institution(
        &self,
        id: &InstitutionId,
    ) -> Result<Option<StoredInstitution>, StoreError> {
        let row = sqlx::query("SELECT institution, read_at, told FROM institutions WHERE id = $1");
        let row = row.bind(id.to_string()).fetch_optional(self.reader()).await?;
        row.as_ref().map(stored).transpose()
    }
}

/// Returns the bank and locks its row until the transaction ends.
pub(crate) async fn for_update(
    store: &Store,
    change: &mut Transaction,
    id: &InstitutionId,
) -> Result<Option<StoredInstitution>, StoreError> {
    let statement = format!(
        "SELECT institution, read_at, told FROM institutions WHERE id = $1{}",
        store.engine().for_update()
    );
    let row = sqlx::query(AssertSqlSafe(statement)).bind(id.to_string());
    row.fetch_optional(change).await?.as_ref().map(stored).transpose()
}

/// Inserts or updates the bank.
pub(crate) async fn save(change: &mut Transaction, stored: &StoredInstitution) -> Result<(), StoreError> {
    let StoredInstitution { institution, read_at, told } = stored;
    sqlx::query(
        "INSERT INTO institutions (id, institution, read_at, told) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET institution = excluded.institution, read_at = excluded.read_at, \
         told = excluded.told",
    )
    .bind(institution.id.to_string())
    .bind(json(institution, "institutions.institution")?)
    .bind(read_at.as_millisecond())
    .bind(told.clone())
    .execute(change)
    .await?;
    Ok(())
}

fn stored(row: &sqlx::any::AnyRow) -> Result<StoredInstitution, StoreError> {
    Ok(StoredInstitution {
        institution: from_json(row.try_get("institution")?, "institutions.institution")?,
        read_at: time(row.try_get("read_at")?)?,
        told: row.try_get("told")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::testing::both;

    #[tokio::test]
    async fn a_bank_is_kept_with_what_the_merchant_was_told() {
        for test in both().await {
            let institution: Institution =
                serde_json::from_value(json!({"id": "fcinst_1", "name": "Alder Bank", "status": "inactive"}))
                    .unwrap();
            let id = institution.id.clone();
            assert_eq!(test.store.institution(&id).await.unwrap(), None);
            let read_at = Timestamp::from_second(1000).unwrap();
            for told in [None, Some("unavailable".to_owned())] {
                let stored = StoredInstitution { institution: institution.clone(), read_at, told };
                let mut change = test.store.change().await.unwrap();
                save(&mut change, &stored).await.unwrap();
                assert_eq!(for_update(&test.store, &mut change, &id).await.unwrap().as_ref(), Some(&stored));
                change.commit().await.unwrap();
                assert_eq!(test.store.institution(&id).await.unwrap(), Some(stored));
            }
        }
    }
}

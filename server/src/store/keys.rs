//! Keys of the merchant's back ends. Only their hashes are here.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::time;
use super::{Store, StoreError};
use crate::domain::key::Scope;

/// A key, without what opens anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) starts_with: String,
    pub(crate) scopes: Vec<Scope>,
    #[serde(skip)]
    pub(crate) created_at: Timestamp,
    #[serde(skip)]
    pub(crate) revoked_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, name, starts_with, scopes, created_at, revoked_at";

impl Store {
    /// Keeps a new key.
    pub(crate) async fn add_key(&self, key: &Key, hash: &str) -> Result<(), StoreError> {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        sqlx::query(
            "INSERT INTO keys (id, name, starts_with, hash, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(key.id.clone())
        .bind(key.name.clone())
        .bind(key.starts_with.clone())
        .bind(hash.to_owned())
        .bind(scopes.join(" "))
        .bind(key.created_at.as_millisecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// The key with this hash, unless it was revoked. That it is looked up by a hash is what makes the time that it takes
    /// say nothing of the key.
    pub(crate) async fn key(&self, hash: &str) -> Result<Option<Key>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, starts_with, scopes, created_at, revoked_at FROM keys WHERE hash = $1 AND revoked_at IS NULL",
        );
        row.bind(hash.to_owned()).fetch_optional(self.reader()).await?.as_ref().map(key).transpose()
    }

    /// All of them, the oldest first.
    pub(crate) async fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM keys ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(self.reader()).await?;
        rows.iter().map(key).collect()
    }

    /// Nobody is let in with it any more. Gives whether there was such a key that still opened something.
    pub(crate) async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let revoked = sqlx::query("UPDATE keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(now.as_millisecond())
            .bind(id.to_owned())
            .execute(&self.writer)
            .await?;
        Ok(revoked.rows_affected() > 0)
    }
}

fn key(row: &AnyRow) -> Result<Key, StoreError> {
    let scopes: String = row.try_get("scopes")?;
    Ok(Key {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        starts_with: row.try_get("starts_with")?,
        // One that another version knew opens nothing here.
        scopes: scopes.split(' ').filter_map(Scope::named).collect(),
        created_at: time(row.try_get("created_at")?)?,
        revoked_at: row.try_get::<Option<i64>, _>("revoked_at")?.map(time).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::both;

    #[tokio::test]
    async fn a_key_opens_until_it_is_revoked() {
        let now = Timestamp::from_second(1000).unwrap();
        for test in both().await {
            let store = &test.store;
            let key = Key {
                id: "key_1".to_owned(),
                name: "shop".to_owned(),
                starts_with: "rlk_test_abcdef".to_owned(),
                scopes: vec![Scope::RequestsRead, Scope::RequestsWrite],
                created_at: now,
                revoked_at: None,
            };
            store.add_key(&key, "hash").await.unwrap();
            assert_eq!(store.key("hash").await.unwrap(), Some(key.clone()));
            assert_eq!(store.key("other").await.unwrap(), None);
            assert!(store.revoke_key("key_1", now).await.unwrap());
            assert!(!store.revoke_key("key_1", now).await.unwrap());
            assert_eq!(store.key("hash").await.unwrap(), None);
            assert_eq!(store.keys().await.unwrap(), [Key { revoked_at: Some(now), ..key }]);
        }
    }
}

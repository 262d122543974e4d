//! API keys of the merchant's back ends. Only hashes of the keys are stored.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::accounts::time;
use super::encryption::RowCipher;
use super::{Store, StoreError, audit};
use crate::domain::api_key::Scope;
use crate::domain::audit::Entry;
use crate::domain::data_keys::DataKeys;

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Person responsible for the key.
    pub(crate) owner: Option<String>,
    pub(crate) starts_with: String,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) created_at: Timestamp,
    /// Time from which the key is refused.
    pub(crate) expires_at: Option<Timestamp>,
    /// Time of the last use, to the minute.
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

/// Interval at which uses are stored, so that most requests write nothing.
const USE_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

impl Key {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// True if the key may be used for the console now.
    pub(crate) fn opens_console(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && !self.is_expired(now) && self.scopes.contains(&Scope::Console)
    }

    /// Returns the state as text for the operator.
    pub(crate) fn state(&self, now: Timestamp) -> String {
        match self.revoked_at {
            Some(at) => format!("revoked {at:.0}"),
            None if self.is_expired(now) => "expired".to_owned(),
            None => "in use".to_owned(),
        }
    }

    /// True if the last stored use is at least a minute from now. A time in the future, by another server's clock, must
    /// not stop the updates.
    fn is_use_due(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|at| now.duration_since(at).abs() >= USE_INTERVAL)
    }
}

const OWNER: &str = "keys.owner";

const COLUMNS: &str =
    "id, name, owner, starts_with, scopes, created_at, expires_at, last_used_at, revoked_at";

impl Store {
    /// Inserts a new key with an audit entry.
    pub(crate) async fn add_key(&self, key: &Key, hash: &str, entry: &Entry) -> Result<(), StoreError> {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let owner =
            RowCipher::new(self.data_keys(), &[&key.id]).seal_optional(OWNER, key.owner.as_deref())?;
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO keys (id, name, owner, starts_with, hash, scopes, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(key.id.clone())
        .bind(key.name.clone())
        .bind(owner)
        .bind(key.starts_with.clone())
        .bind(hash.to_owned())
        .bind(scopes.join(" "))
        .bind(key.created_at.as_millisecond())
        .bind(key.expires_at.map(Timestamp::as_millisecond))
        .execute(&mut *change)
        .await?;
        audit::enter(&mut change, entry, crate::clock::new_id(), key.created_at).await?;
        Ok(change.commit().await?)
    }

    /// Returns the key with this hash, unless it was revoked; it may have expired. The look-up by hash prevents timing
    /// attacks.
    pub(crate) async fn key(&self, hash: &str) -> Result<Option<Key>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM keys WHERE hash = $1 AND revoked_at IS NULL");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(hash.to_owned());
        row.fetch_optional(self.reader()).await?.map(|row| key(self.data_keys(), &row)).transpose()
    }

    /// Stores the time of a use, at most once a minute.
    pub(crate) async fn record_key_use(&self, key: &Key, now: Timestamp) -> Result<(), StoreError> {
        if key.is_use_due(now) {
            sqlx::query("UPDATE keys SET last_used_at = $1 WHERE id = $2")
                .bind(now.as_millisecond())
                .bind(key.id.clone())
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    /// Returns all keys, the oldest first.
    pub(crate) async fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let statement = format!("SELECT {COLUMNS} FROM keys ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(self.reader()).await?;
        rows.iter().map(|row| key(self.data_keys(), row)).collect()
    }

    /// Revokes a key and enters an audit entry. Returns true if there was such a key that was not revoked yet.
    pub(crate) async fn revoke_key(
        &self,
        id: &str,
        entry: &Entry,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let revoke = sqlx::query("UPDATE keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(now.as_millisecond())
            .bind(id.to_owned());
        self.change_with_entry(revoke, entry, now).await
    }
}

fn key(keys: &DataKeys, row: &AnyRow) -> Result<Key, StoreError> {
    let scopes: String = row.try_get("scopes")?;
    let optional_time =
        |column| row.try_get::<Option<i64>, _>(column).map_err(StoreError::from)?.map(time).transpose();
    let id: String = row.try_get("id")?;
    let owner = match RowCipher::new(keys, &[&id]).open_optional(OWNER, row.try_get("owner")?) {
        // For people only: the key works without it.
        Err(error) if error.is_of_encryption() => Some(format!("({error})")),
        owner => owner?,
    };
    Ok(Key {
        owner,
        id,
        name: row.try_get("name")?,
        starts_with: row.try_get("starts_with")?,
        // Scopes that only another version knows give no permission here.
        scopes: scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect(),
        created_at: time(row.try_get("created_at")?)?,
        expires_at: optional_time("expires_at")?,
        last_used_at: optional_time("last_used_at")?,
        revoked_at: optional_time("revoked_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Actor, AuditAction};
    use crate::store::testing::both;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn shop() -> Key {
        Key {
            id: "key_1".to_owned(),
            name: "shop".to_owned(),
            owner: Some("Ada".to_owned()),
            starts_with: "rlk_test_abcdef".to_owned(),
            scopes: vec![Scope::RequestsRead, Scope::Console],
            created_at: at(1000),
            expires_at: Some(at(5000)),
            last_used_at: None,
            revoked_at: None,
        }
    }

    fn entry(action: AuditAction) -> Entry {
        Entry::of(Actor::Server.into(), action, serde_json::Value::Null)
    }

    #[tokio::test]
    async fn a_key_opens_until_it_is_revoked() {
        for test in both().await {
            let store = &test.store;
            let key = shop();
            store.add_key(&key, "hash", &entry(AuditAction::KeyCreated)).await.unwrap();
            assert_eq!(store.key("hash").await.unwrap(), Some(key.clone()));
            assert_eq!(store.key("other").await.unwrap(), None);
            let revoked = entry(AuditAction::KeyRevoked);
            assert!(store.revoke_key("key_1", &revoked, at(1000)).await.unwrap());
            assert!(!store.revoke_key("key_1", &revoked, at(1000)).await.unwrap());
            assert_eq!(store.key("hash").await.unwrap(), None);
            assert_eq!(store.keys().await.unwrap(), [Key { revoked_at: Some(at(1000)), ..key }]);
            assert_eq!(store.audit(None, None, 10).await.unwrap().len(), 2);
        }
    }

    #[tokio::test]
    async fn the_last_use_of_a_key_is_written_once_a_minute_whatever_the_clock_does() {
        for test in both().await {
            let store = &test.store;
            store.add_key(&shop(), "hash", &entry(AuditAction::KeyCreated)).await.unwrap();
            for (now, noted) in [(2000, 2000), (2059, 2000), (2060, 2060), (1999, 1999)] {
                let key = store.key("hash").await.unwrap().unwrap();
                store.record_key_use(&key, at(now)).await.unwrap();
                let key = store.key("hash").await.unwrap().unwrap();
                assert_eq!(key.last_used_at, Some(at(noted)), "{now}");
            }
        }
    }

    #[test]
    fn a_key_is_refused_from_its_end_on() {
        let key = shop();
        assert!(!key.is_expired(at(4999)) && key.opens_console(at(4999)));
        assert!(key.is_expired(at(5000)) && !key.opens_console(at(5000)));
        assert!(!Key { expires_at: None, ..key }.is_expired(Timestamp::MAX));
    }
}

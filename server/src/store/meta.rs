//! Named values that describe the store itself.

use super::{Store, StoreError, Transaction};

/// Sets a value.
pub(crate) async fn set(change: &mut Transaction, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(name.to_owned())
        .bind(value.to_owned())
        .execute(change)
        .await?;
    Ok(())
}

/// Removes a value.
pub(crate) async fn unset(change: &mut Transaction, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM meta WHERE name = $1").bind(name.to_owned()).execute(change).await?;
    Ok(())
}

impl Store {
    /// Returns a value, if it was ever set.
    pub(crate) async fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(self.reader())
            .await?)
    }
}

impl Store {
    /// Sets a value unless it was set before. Returns the one that is stored.
    pub(crate) async fn meta_once(&self, name: &str, value: &str) -> Result<String, StoreError> {
        let mut change = self.change().await?;
        sqlx::query("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name.to_owned())
            .bind(value.to_owned())
            .execute(&mut *change)
            .await?;
        let stands = sqlx::query_scalar("SELECT value FROM meta WHERE name = $1").bind(name.to_owned());
        let stands = stands.fetch_one(&mut *change).await?;
        change.commit().await?;
        Ok(stands)
    }

    /// Sets a value in a transaction of its own.
    pub(crate) async fn set_meta(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        set(&mut change, name, value).await?;
        Ok(change.commit().await?)
    }
}

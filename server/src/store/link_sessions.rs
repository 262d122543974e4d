//! Browser sessions that were begun by opening a link.

use jiff::Timestamp;

use super::{Store, StoreError};
use crate::domain::link_token::Secret;

impl Store {
    /// Allows a browser to act for this request.
    pub(crate) async fn add_link_session(
        &self,
        visit: &Secret,
        request: &str,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO visits (hash, request, until) VALUES ($1, $2, $3)")
            .bind(visit.hash())
            .bind(request.to_owned())
            .bind(until.as_millisecond())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Returns the request that a browser may act for.
    pub(crate) async fn visited(&self, visit: &Secret, now: Timestamp) -> Result<Option<String>, StoreError> {
        let request = sqlx::query_scalar("SELECT request FROM visits WHERE hash = $1 AND until > $2");
        Ok(request.bind(visit.hash()).bind(now.as_millisecond()).fetch_optional(self.reader()).await?)
    }
}

//! When the next call to Stripe may go.

use super::{Store, StoreError};

impl Store {
    /// Takes the next free moment, if there is one before `latest`: not before `earliest`, and so long after the one
    /// before. In milliseconds since 1970.
    pub(crate) async fn reserve(
        &self,
        name: &str,
        earliest: i64,
        latest: i64,
        interval: i64,
    ) -> Result<Option<i64>, StoreError> {
        let mut change = self.change().await?;
        sqlx::query("INSERT INTO budget (name, next_at) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING")
            .bind(name.to_owned())
            .execute(&mut *change)
            .await?;
        let next: Option<i64> = sqlx::query_scalar(
            "UPDATE budget SET next_at = CASE WHEN next_at > $1 THEN next_at ELSE $1 END + $2 \
             WHERE name = $3 AND next_at <= $4 RETURNING next_at",
        )
        .bind(earliest)
        .bind(interval)
        .bind(name.to_owned())
        .bind(latest)
        .fetch_optional(&mut *change)
        .await?;
        change.commit().await?;
        Ok(next.map(|next| next - interval))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::both;

    #[tokio::test]
    async fn every_call_gets_a_moment_of_its_own() {
        for test in both().await {
            let store = &test.store;
            let mut moments = Vec::new();
            while let Some(moment) = store.reserve("stripe", 1000, 1200, 50).await.unwrap() {
                moments.push(moment);
            }
            assert_eq!(moments, [1000, 1050, 1100, 1150, 1200]);
            // Later, no more than the burst is left over from before.
            assert_eq!(store.reserve("stripe", 9000, 9250, 50).await.unwrap(), Some(9000));
            assert_eq!(store.reserve("other", 1000, 1200, 50).await.unwrap(), Some(1000));
        }
    }

    #[tokio::test]
    async fn servers_that_ask_at_once_get_different_moments() {
        for test in both().await {
            let asking: Vec<_> = (0..20)
                .map(|_| {
                    let store = test.store.clone();
                    tokio::spawn(
                        async move { store.reserve("stripe", 1000, 100_000, 50).await.unwrap().unwrap() },
                    )
                })
                .collect();
            let mut moments = Vec::new();
            for one in asking {
                moments.push(one.await.unwrap());
            }
            moments.sort_unstable();
            assert_eq!(moments, (0..20).map(|n| 1000 + n * 50).collect::<Vec<i64>>());
        }
    }
}

//! Slots for calls to Stripe, shared by all servers on one PostgreSQL. Only the database's clock counts, so servers
//! whose own clocks differ get the same slots. On SQLite there is one server, which keeps its rate limit in memory.

use sqlx::AssertSqlSafe;

use super::clock::DATABASE_NOW;
use super::{Engine, Store, StoreError};
use crate::domain::pace::{Pace, SlotTaker};
use crate::stripe::SharedSlots;

impl Store {
    /// Returns the slots that several servers share; `None` on SQLite.
    pub(crate) fn shared_slots(&self) -> Option<Self> {
        match self.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some(self.clone()),
        }
    }
}

impl SharedSlots for Store {
    type Error = StoreError;

    async fn next_slots(&self, names: [&str; 2]) -> Result<[i64; 2], StoreError> {
        let next = format!("SELECT name, next_at - {DATABASE_NOW} FROM budget WHERE name IN ($1, $2)");
        let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(next))
            .bind(names[0].to_owned())
            .bind(names[1].to_owned())
            .fetch_all(self.reader())
            .await?;
        let next_in =
            |name| rows.iter().find(|(stored, _)| stored == name).map_or(i64::MIN, |(_, next)| *next);
        Ok(names.map(next_in))
    }

    /// Uses one statement, so that only one of several servers gets the slot. A stored time farther ahead than possible
    /// counts as free.
    async fn take_slot(&self, name: &str, pace: Pace, taker: SlotTaker) -> Result<bool, StoreError> {
        let take = format!(
            "INSERT INTO budget (name, next_at) VALUES ($1, {DATABASE_NOW}) \
             ON CONFLICT (name) DO UPDATE SET next_at = $2 + CASE \
             WHEN budget.next_at > excluded.next_at + $3 THEN excluded.next_at \
             WHEN budget.next_at < excluded.next_at - $4 THEN excluded.next_at - $4 ELSE budget.next_at END \
             WHERE budget.next_at <= excluded.next_at - $5 OR budget.next_at > excluded.next_at + $3"
        );
        let changed = sqlx::query(AssertSqlSafe(take))
            .bind(name.to_owned())
            .bind(pace.interval())
            .bind(pace.farthest())
            .bind(pace.slack(taker))
            .bind(pace.least(taker))
            .execute(&self.writer)
            .await?;
        Ok(changed.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::store::testing::open_postgres;

    const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

    async fn set(store: &Store, ahead: i64) {
        let set = format!("UPDATE budget SET next_at = $1 + {DATABASE_NOW}");
        sqlx::query(AssertSqlSafe(set)).bind(ahead).execute(&store.writer).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_stored_too_far_ahead_is_not_believed() {
        let Some(test) = open_postgres().await else { return };
        let (store, pace) = (&test.store, Pace::new(20, 80));
        assert!(store.take_slot("customers", pace, SlotTaker::Owner).await.unwrap());
        for ahead in [YEAR, 60_000, 3000] {
            set(store, ahead).await;
            assert!(store.take_slot("customers", pace, SlotTaker::Owner).await.unwrap(), "{ahead}");
            let [next, other] = store.next_slots(["customers", "background"]).await.unwrap();
            assert!(next <= pace.interval(), "{next}");
            assert_eq!(other, i64::MIN);
        }
        let began = Instant::now();
        set(store, 50).await;
        let is_early = !store.take_slot("customers", pace, SlotTaker::Owner).await.unwrap();
        assert!(is_early || began.elapsed() >= Duration::from_millis(50));
    }

    #[tokio::test]
    async fn servers_that_ask_at_once_keep_the_pace_together() {
        let Some(test) = open_postgres().await else { return };
        let pace = Pace::new(20, 80);
        assert!(test.store.take_slot("customers", pace, SlotTaker::Owner).await.unwrap());
        // Unused for long: only the burst is available at once.
        set(&test.store, -60_000).await;
        let began = Instant::now();
        let asking = (0..20).map(|_| {
            let store = test.store.clone();
            tokio::spawn(async move { store.take_slot("customers", pace, SlotTaker::Owner).await.unwrap() })
        });
        let went = futures_util::future::join_all(asking).await;
        let went = went.into_iter().filter(|went| *went.as_ref().unwrap()).count();
        let burst = 4 + began.elapsed().as_millis() / 63 + 1;
        assert!(went >= 4 && went as u128 <= burst, "{went} {burst}");
    }

    #[tokio::test]
    async fn a_borrower_gets_only_what_the_owner_left_unused() {
        let Some(test) = open_postgres().await else { return };
        let (store, pace) = (&test.store, Pace::new(20, 80));
        assert!(store.take_slot("customers", pace, SlotTaker::Owner).await.unwrap());
        let takes = async |ahead, takers: &[SlotTaker]| {
            loop {
                let began = Instant::now();
                set(store, ahead).await;
                let mut taken = Vec::new();
                for taker in takers {
                    taken.push(store.take_slot("customers", pace, *taker).await.unwrap());
                }
                // Each interval of 63 ms that passes meanwhile frees a slot.
                if began.elapsed() < Duration::from_millis(50) {
                    return taken;
                }
            }
        };
        assert_eq!(takes(-100, &[SlotTaker::Borrower]).await, [false]);
        let [one, two, owner] = [SlotTaker::Borrower, SlotTaker::Borrower, SlotTaker::Owner];
        assert_eq!(
            takes(-60_000, &[one, two, owner]).await,
            [true, false, true],
            "the owner's burst is left"
        );
    }
}

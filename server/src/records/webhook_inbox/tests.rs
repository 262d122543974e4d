//! Events that arrive together are stored together, and one that can't be stored affects no other.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};

use super::*;
use crate::config::database::Engine;
use crate::records::uptime::Uptime;
use crate::store::testing::{TestStore, both, open};

fn inbox(test: &TestStore) -> Arc<WebhookInbox> {
    let watch = Uptime::new(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH).into();
    let connections = ConnectionRecorder::new(
        test.store.clone(),
        watch,
        false,
        false,
        relink_protocol::ConditionRules::default(),
    );
    let version = ApiVersion::with_relink("2026-09-30.preview").unwrap();
    Arc::new(WebhookInbox::open(test.store.clone(), connections, false, StripeAccounts::Own, false, version))
}

fn event(id: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "financial_connections.account.deactivated", "created": 7, "livemode": false,
        "api_version": "2026-09-30.preview", "data": {"object": {"id": "fca_1"}}
    })
}

/// Sends all events at once. Returns the ids of those that were stored.
async fn send(inbox: &Arc<WebhookInbox>, ids: impl Iterator<Item = String>) -> BTreeSet<String> {
    let sent: Vec<_> = ids
        .map(|id| {
            let inbox = inbox.clone();
            tokio::spawn(async move {
                let arrival = inbox.read(&event(&id).to_string()).unwrap();
                inbox.keep(arrival).await.is_ok().then_some(id)
            })
        })
        .collect();
    let mut safe = BTreeSet::new();
    for one in sent {
        safe.extend(one.await.unwrap());
    }
    safe
}

async fn kept(store: &Store) -> BTreeSet<String> {
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM events").fetch_all(store.reader()).await.unwrap();
    ids.into_iter().collect()
}

async fn run_sql(store: &Store, sql: &str) {
    let mut change = store.change().await.unwrap();
    change.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_answered_for_is_kept() {
    for test in both().await {
        let inbox = inbox(&test);
        let all: BTreeSet<String> = (0..600).map(|n| format!("evt_{n}")).collect();
        assert_eq!(send(&inbox, all.iter().cloned()).await, all);
        assert_eq!(kept(&test.store).await, all);
        assert_eq!(inbox.waiting(), 0);
    }
}

#[tokio::test]
async fn one_event_ten_times_at_once_is_one_row_and_one_thing_to_do() {
    for test in both().await {
        let inbox = inbox(&test);
        assert_eq!(send(&inbox, (0..10).map(|_| "evt_1".to_owned())).await.len(), 1);
        assert_eq!(kept(&test.store).await.len(), 1);
        let wanted: Vec<i64> =
            sqlx::query_scalar("SELECT wanted FROM work").fetch_all(test.store.reader()).await.unwrap();
        assert_eq!(wanted, [1]);
    }
}

#[tokio::test]
async fn the_worker_is_woken_by_what_makes_work_and_by_nothing_else() {
    for test in both().await {
        let inbox = inbox(&test);
        let is_woken = || inbox.writer.connections.work().notified().now_or_never().is_some();
        let mut other = event("evt_1");
        // Names are not stored, so that this one has nothing to do.
        other["type"] = "customer.updated".into();
        other["data"]["object"]["id"] = "cus_1".into();
        inbox.keep(inbox.read(&other.to_string()).unwrap()).await.unwrap();
        assert!(!is_woken());
        send(&inbox, ["evt_2".to_owned()].into_iter()).await;
        assert!(is_woken());
        send(&inbox, ["evt_2".to_owned()].into_iter()).await;
        assert!(!is_woken());
    }
}

#[tokio::test]
async fn a_row_that_the_database_refuses_harms_no_other() {
    for test in both().await {
        let refuse = match test.store.engine() {
            Engine::Sqlite => {
                "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.id = 'evt_7' \
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
            Engine::Postgres => "ALTER TABLE events ADD CONSTRAINT refuse CHECK (id <> 'evt_7')",
        };
        run_sql(&test.store, refuse).await;
        let safe = send(&inbox(&test), (0..40).map(|n| format!("evt_{n}"))).await;
        assert_eq!(safe.len(), 39);
        assert!(!safe.contains("evt_7"));
        assert_eq!(kept(&test.store).await, safe);
    }
}

#[tokio::test]
async fn a_database_that_fails_keeps_nothing_and_says_so_and_when_it_is_back_all_is_kept() {
    for test in both().await {
        let inbox = inbox(&test);
        run_sql(&test.store, "ALTER TABLE events RENAME TO away").await;
        assert_eq!(send(&inbox, (0..40).map(|n| format!("evt_{n}"))).await.len(), 0);
        run_sql(&test.store, "ALTER TABLE away RENAME TO events").await;
        assert_eq!(kept(&test.store).await.len(), 0);
        assert_eq!(send(&inbox, (0..40).map(|n| format!("evt_{n}"))).await.len(), 40);
        assert_eq!(kept(&test.store).await.len(), 40);
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_not_waited_for_without_end() {
    for test in both().await {
        let inbox = inbox(&test);
        let mut change = test.store.change().await.unwrap();
        // SQLite has one writer, so the open transaction alone blocks others.
        if test.store.engine() == Engine::Postgres {
            change.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE").await.unwrap();
        }
        tokio::time::pause();
        assert_eq!(send(&inbox, ["evt_1".to_owned()].into_iter()).await.len(), 0);
        tokio::time::resume();
        drop(change);
        assert_eq!(send(&inbox, ["evt_1".to_owned()].into_iter()).await.len(), 1);
    }
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let test = open(Engine::Sqlite).await;
    let inbox = inbox(&test);
    // Blocks all writes while it is open.
    let change = test.store.change().await.unwrap();
    let arrivals = |from: usize, to: usize| {
        (from..to).map(|n| inbox.read(&event(&format!("evt_{n}")).to_string()).unwrap()).collect::<Vec<_>>()
    };
    let waiting: Vec<_> = arrivals(0, MAX_QUEUE + MOST + 1)
        .into_iter()
        .map(|arrival| {
            let inbox = inbox.clone();
            tokio::spawn(async move { inbox.keep(arrival).await })
        })
        .collect();
    // The first batch is being written, and the queue behind it is full.
    while inbox.waiting() < MAX_QUEUE {
        tokio::task::yield_now().await;
    }
    let too_many = arrivals(5000, 5001).remove(0);
    assert_eq!(inbox.keep(too_many).await, Err(EnqueueError::Full));
    drop(change);
    let mut safe = 0;
    for one in waiting {
        safe += usize::from(one.await.unwrap().is_ok());
    }
    assert_eq!(kept(&test.store).await.len(), safe);
    assert!(safe >= MAX_QUEUE, "{safe}");
}

#[tokio::test]
async fn who_goes_away_does_not_take_the_event_back() {
    for test in both().await {
        let inbox = inbox(&test);
        let change = test.store.change().await.unwrap();
        let arrival = inbox.read(&event("evt_1").to_string()).unwrap();
        let waiting = tokio::spawn({
            let inbox = inbox.clone();
            async move { inbox.keep(arrival).await }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        drop(change);
        // Events are written in order, so the first one is stored once this one is.
        send(&inbox, ["evt_2".to_owned()].into_iter()).await;
        assert_eq!(kept(&test.store).await.len(), 2);
    }
}

#[tokio::test]
async fn an_event_that_was_asked_for_goes_the_same_way_and_is_new_once() {
    for test in both().await {
        let inbox = inbox(&test);
        send(&inbox, ["evt_1".to_owned()].into_iter()).await;
        let caught_up = async |events: &[Value]| inbox.caught_up(events, None).await.unwrap();
        assert_eq!(caught_up(&[event("evt_1")]).await, 0);
        assert_eq!(caught_up(&[event("evt_2"), event("evt_1"), event("evt_2")]).await, 1);
        assert_eq!(caught_up(&[event("evt_2")]).await, 0);
        assert_eq!(caught_up(&[json!({"id": "evt_3"})]).await, 0);
        let sources: Vec<String> = sqlx::query_scalar("SELECT source FROM events ORDER BY id")
            .fetch_all(test.store.reader())
            .await
            .unwrap();
        assert_eq!(sources, ["webhook", "catch_up"]);
    }
}

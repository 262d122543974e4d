//! Tests that every event is stored once and enqueues its job once.

use serde_json::json;

use super::super::testing::both;
use super::*;
use crate::domain::stripe_accounts::StripeAccounts;

const NOW: i64 = 1_790_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW).unwrap()
}

fn arrival(id: &str, kind: &str, subject: &str, created: i64) -> NewEvent {
    let text = json!({
        "id": id, "object": "event", "type": kind, "created": created, "livemode": false,
        "api_version": "2026-09-30.preview", "data": {"object": {"id": subject}}
    })
    .to_string();
    NewEvent::new(&Event::parse(&text, false, &StripeAccounts::Own).unwrap(), &text, true)
}

fn broken(id: &str, account: &str, created: i64) -> NewEvent {
    arrival(id, "financial_connections.account.deactivated", account, created)
}

async fn enter(store: &Store, arrivals: &[NewEvent]) -> usize {
    store.keep(arrivals, EventSource::Webhook, now()).await.unwrap().new
}

async fn work(store: &Store) -> Vec<(String, i64, i64)> {
    let rows = sqlx::query_as("SELECT id, wanted, newest FROM work ORDER BY id");
    rows.fetch_all(store.reader()).await.unwrap()
}

#[tokio::test]
async fn an_event_is_kept_as_it_came() {
    for test in both().await {
        let one = broken("evt_1", "fca_1", 7);
        assert_eq!(enter(&test.store, std::slice::from_ref(&one)).await, 1);
        let kept: (String, String, String, String, i64, i64, String, String) = sqlx::query_as(
            "SELECT id, type, subject, api_version, created, received_at, source, payload FROM events",
        )
        .fetch_one(test.store.reader())
        .await
        .unwrap();
        let text = one.payload.clone().unwrap();
        let kind = "financial_connections.account.deactivated".to_owned();
        let version = "2026-09-30.preview".to_owned();
        let expected =
            ("evt_1".to_owned(), kind, "fca_1".to_owned(), version, 7, NOW, "webhook".to_owned(), text);
        assert_eq!(kept, expected);
    }
}

#[tokio::test]
async fn an_event_that_comes_again_changes_nothing() {
    for test in both().await {
        let store = &test.store;
        let first = [broken("evt_1", "fca_1", 7), broken("evt_2", "fca_2", 8)];
        assert_eq!(enter(store, &first).await, 2);
        assert_eq!(enter(store, &first).await, 0);
        // Known ones beside a new one, which is there twice; repeated identifiers are not overwritten.
        let again = [broken("evt_2", "fca_3", 9), broken("evt_3", "fca_2", 9), broken("evt_3", "fca_4", 9)];
        assert_eq!(enter(store, &again).await, 1);
        let expected = [("account:fca_1".to_owned(), 1, 7), ("account:fca_2".to_owned(), 2, 9)];
        assert_eq!(work(store).await, expected);
    }
}

#[tokio::test]
async fn only_those_of_many_that_are_new_make_work() {
    for test in both().await {
        let store = &test.store;
        let all: Vec<NewEvent> =
            (0..300).map(|n| broken(&format!("evt_{n:03}"), &format!("fca_{n:03}"), 7)).collect();
        let (known, new): (Vec<_>, Vec<_>) = all.iter().cloned().enumerate().partition(|(n, _)| n % 3 == 0);
        let only = |some: Vec<(usize, NewEvent)>| some.into_iter().map(|(_, one)| one).collect::<Vec<_>>();
        enter(store, &only(known)).await;
        sqlx::query("DELETE FROM work").execute(&store.writer).await.unwrap();
        let kept = store.keep(&all, EventSource::CatchUp, now()).await.unwrap();
        assert_eq!(kept, StoredEvents { new: 200, makes_work: true });
        let expected: Vec<_> =
            only(new).into_iter().map(|one| (format!("account:{}", one.subject.unwrap()), 1, 7)).collect();
        assert_eq!(work(store).await, expected);
    }
}

#[tokio::test]
async fn many_events_of_one_account_are_one_thing_to_do() {
    for test in both().await {
        let all: Vec<NewEvent> =
            (0..300).map(|n| broken(&format!("evt_{n:03}"), "fca_1", 1000 - n)).collect();
        assert_eq!(enter(&test.store, &all).await, 300);
        assert_eq!(work(&test.store).await, [("account:fca_1".to_owned(), 1, 1000)]);
    }
}

#[tokio::test]
async fn what_relink_does_not_know_is_kept_and_makes_no_work() {
    for test in both().await {
        let store = &test.store;
        let others = [
            arrival("evt_1", "customer.created", "cus_1", 7),
            arrival("evt_2", "financial_connections.account.created", "cus_1", 7),
        ];
        let kept = store.keep(&others, EventSource::Webhook, now()).await.unwrap();
        assert_eq!(kept, StoredEvents { new: 2, makes_work: false });
        assert_eq!(enter(store, &[]).await, 0);
        assert_eq!(work(store).await, []);
    }
}

#[tokio::test]
async fn events_are_counted_by_type_and_version_since_a_time() {
    for test in both().await {
        let store = &test.store;
        let mut other = arrival("evt_2", "customer.created", "cus_1", 7);
        other.api_version = None;
        enter(store, &[broken("evt_1", "fca_1", 7), other, broken("evt_3", "fca_1", 7)]).await;
        let counts = store.event_counts(now()).await.unwrap();
        let by_type = [("customer.created", 1), ("financial_connections.account.deactivated", 2)];
        assert_eq!(counts.by_type, by_type.map(|(name, count)| (name.to_owned(), count)).into());
        let by_version = [("", 1), ("2026-09-30.preview", 2)];
        assert_eq!(counts.by_version, by_version.map(|(name, count)| (name.to_owned(), count)).into());
        let later = Timestamp::from_millisecond(NOW + 1).unwrap();
        assert_eq!(store.event_counts(later).await.unwrap(), Counts::default());
    }
}

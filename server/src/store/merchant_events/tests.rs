//! Tests that one server at a time holds a merchant event, and that its result is stored once.

use jiff::SignedDuration;

use super::super::testing::{both, both_encrypted};
use super::*;
use crate::domain::audit::{Actor, AuditAction};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn replayed() -> Entry {
    Entry::of(Actor::Server.into(), AuditAction::MessageReplayed, serde_json::Value::Null)
}

fn lease(holder: &str, now: i64) -> Lease {
    Lease { holder: holder.to_owned(), until: at(now) + SignedDuration::from_secs(40) }
}

async fn entered(store: &Store, ids: &[&str]) {
    let mut change = store.change().await.unwrap();
    for id in ids {
        enter(&mut change, id, "connection.broken", "fca_1", "{}", at(1000)).await.unwrap();
    }
    change.commit().await.unwrap();
}

async fn claim(store: &Store, holder: &str, now: i64) -> Vec<Message> {
    store.claim_merchant_events(&lease(holder, now), 10, at(now)).await.unwrap()
}

#[tokio::test]
async fn a_message_is_one_servers_until_its_lease_ends() {
    for test in both().await {
        let store = &test.store;
        entered(store, &["msg_1", "msg_2"]).await;
        assert_eq!(claim(store, "a", 999).await, []);
        let first = claim(store, "a", 1000).await;
        assert_eq!(first.len(), 2);
        assert_eq!(claim(store, "b", 1039).await, []);
        let second = claim(store, "b", 1041).await;
        assert_eq!(second.len(), 2);
        // A result after the end of the lease changes nothing.
        store.record_delivery(&first[0], &Sent::Failed, None, Some("late"), at(1042)).await.unwrap();
        let id = &first[0].id;
        assert_eq!(store.delivery(id).await.unwrap().unwrap().0.state, State::Pending);
        let again = second.iter().find(|message| message.id == *id).unwrap();
        store.record_delivery(again, &Sent::Delivered, Some(200), None, at(1043)).await.unwrap();
        let (delivery, _) = store.delivery(id).await.unwrap().unwrap();
        assert_eq!(
            (delivery.state, delivery.tries, delivery.delivered_at),
            (State::Delivered, 1, Some(1043))
        );
        assert_eq!(claim(store, "c", 9000).await.len(), 1);
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_decrypted_does_not_hold_up_the_others() {
    for test in both_encrypted(1).await {
        entered(&test.store, &["msg_1", "msg_2", "msg_3"]).await;
        let forged = "UPDATE deliveries SET payload = (SELECT payload FROM deliveries WHERE id = 'msg_1') WHERE id = 'msg_2'";
        sqlx::query(forged).execute(&test.store.writer).await.unwrap();
        let mut claimed = claim(&test.store, "a", 1000).await;
        claimed.sort_by(|one, other| one.id.cmp(&other.id));
        let payloads: Vec<_> = claimed.iter().map(|message| message.payload.as_deref()).collect();
        assert_eq!(payloads, [Some("{}"), None, Some("{}")]);
    }
}

#[tokio::test]
async fn several_servers_share_the_messages() {
    for test in both().await {
        let ids: Vec<String> = (0..40).map(|n| format!("msg_{n:02}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        entered(&test.store, &ids).await;
        let claims: Vec<_> = (0..6)
            .map(|holder| {
                let store = test.store.clone();
                tokio::spawn(async move { claim(&store, &holder.to_string(), 1000).await })
            })
            .collect();
        let mut all = Vec::new();
        for one in claims {
            all.extend(one.await.unwrap().into_iter().map(|message| message.id));
        }
        all.extend(claim(&test.store, "last", 1000).await.into_iter().map(|message| message.id));
        let claimed = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), claimed, "none twice");
        assert_eq!(claimed, 40);
    }
}

#[tokio::test]
async fn what_is_sent_again_waits_for_its_time_and_a_replay_does_not() {
    for test in both().await {
        let store = &test.store;
        entered(store, &["msg_1"]).await;
        let message = claim(store, "a", 1000).await.remove(0);
        store
            .record_delivery(&message, &Sent::Again(at(1100)), Some(500), Some("no"), at(1001))
            .await
            .unwrap();
        assert_eq!(claim(store, "a", 1099).await, []);
        let message = claim(store, "a", 1100).await.remove(0);
        assert_eq!(message.failures, 1);
        // Replayed while it is being sent: it is sent once more.
        assert!(store.replay_merchant_event("msg_1", &replayed(), at(1101)).await.unwrap());
        store.record_delivery(&message, &Sent::Delivered, Some(200), None, at(1102)).await.unwrap();
        let message = claim(store, "a", 1103).await.remove(0);
        assert_eq!(message.failures, 0);
        assert!(!store.replay_merchant_event("msg_2", &replayed(), at(1103)).await.unwrap());
        assert_eq!(store.audit(None, None, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn messages_that_did_not_arrive_are_counted() {
    for test in both().await {
        let store = &test.store;
        entered(store, &["msg_1", "msg_2", "msg_3", "msg_4"]).await;
        let claimed = claim(store, "a", 1000).await;
        let results = [Sent::Delivered, Sent::Failed, Sent::Again(at(2000))];
        for (message, sent) in claimed.iter().zip(&results) {
            store.record_delivery(message, sent, None, None, at(1001)).await.unwrap();
        }
        let totals = store.delivery_totals(at(1500)).await.unwrap();
        assert_eq!(totals, Totals { pending: 2, due: 1, oldest_pending: Some(1000), failed: 1 });
    }
}

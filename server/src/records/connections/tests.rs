//! Readings are stored completely, also with concurrent writers.

use serde_json::{Value, json};

use super::*;
use crate::domain::audit::{Actor, AuditAction};
use crate::domain::relink_request::State;
use crate::domain::relink_request::tests::request;
use crate::store::requests;
use crate::store::testing::open_postgres;

fn reading(id: &str, as_of: i64, change: &Value) -> Reading {
    let mut account = json!({
        "id": id, "authorization": "fcauth_1", "institution_name": "Alder Bank", "livemode": false,
        "account_holder": {"type": "customer", "customer": "cus_1"},
        "status": "active", "subcategory": "checking", "created": 50
    });
    account.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    Reading { account: serde_json::from_value(account).unwrap(), as_of }
}

/// Number of connections to this database that wait for a lock.
async fn waiting(store: &Store) -> i64 {
    let question = "SELECT COUNT(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(question).fetch_one(store.reader()).await.unwrap()
}

/// A repair writes the result of its relink request, then locks the next account. Another transaction holds that
/// account and is about to write an audit entry. If the repair already held the head of the audit trail, this would be
/// a deadlock.
#[tokio::test]
async fn a_repair_holds_no_lock_on_the_audit_trail_while_it_waits_for_another_account() {
    let Some(test) = open_postgres().await else { return };
    let store = &test.store;
    let watch = Uptime::new(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let connections =
        ConnectionRecorder::new(store.clone(), Arc::new(watch), false, false, ConditionRules::default());
    let broken = json!({"status": "inactive", "status_details": {"inactive": {"action": "relink_required", "cause": "access_expired"}}});
    let before = vec![reading("fca_1", 100, &broken), reading("fca_2", 100, &json!({}))];
    connections.keep(before, ReadReason::Look).await.unwrap();
    let mut change = store.change().await.unwrap();
    requests::enter(&mut change, &request(State::Created)).await.unwrap();
    change.commit().await.unwrap();

    let mut other = store.change().await.unwrap();
    accounts::for_update(store, &mut other, &"fca_2".parse().unwrap()).await.unwrap();
    let after = vec![reading("fca_1", 200, &json!({})), reading("fca_2", 200, &json!({}))];
    let repairing = tokio::spawn(async move { connections.keep(after, ReadReason::Look).await });
    while waiting(store).await == 0 {
        assert!(!repairing.is_finished(), "it has to wait for the second account");
    }
    let entry = Entry::of(Actor::Server.into(), AuditAction::AccountRead, Value::Null);
    audit::enter(&mut other, &entry, crate::clock::new_id(), crate::clock::now()).await.unwrap();
    other.commit().await.unwrap();
    repairing.await.unwrap().unwrap();
    let trail = store.audit(None, None, 10).await.unwrap();
    let actions: Vec<&str> = trail.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions.len(), 2, "{actions:?}");
    assert!(actions.contains(&"relink_request.completed"), "{actions:?}");
}

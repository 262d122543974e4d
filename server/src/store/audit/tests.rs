//! Tests of the chain in both databases, with concurrent writers and manipulated rows.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::AssertSqlSafe;

use super::*;
use crate::domain::audit::{Actor, AuditAction};
use crate::domain::hash_chain::ChainBreak;
use crate::store::testing::{TestStore, both, open_postgres};

fn entry(number: usize) -> Entry {
    let source = Actor::Server.at("192.0.2.1".parse().unwrap());
    Entry::of(source, AuditAction::AccountRead, json!({"number": number, "text": "ünïcode 漢字 \" , : 🏦"}))
}

async fn add(store: &Store, number: usize) {
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    store.append_audit(&entry(number), crate::clock::new_id(), now).await.unwrap();
}

async fn filled(entries: usize) -> Vec<TestStore> {
    let stores = both().await;
    for test in &stores {
        for number in 0..entries {
            add(&test.store, number).await;
        }
    }
    stores
}

async fn run(store: &Store, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&store.writer).await.unwrap();
}

async fn breaks(store: &Store, noted: Option<&str>) -> Vec<String> {
    let report = store.verify_audit(noted.map(str::to_owned)).await.unwrap();
    report.breaks.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn every_manipulation_of_rows_breaks_the_chain_at_its_place() {
    for (statement, expected) in [
        ("UPDATE audit SET detail = '{}' WHERE position = 3", "entry 3"),
        ("UPDATE audit SET at = at + 1 WHERE position = 5", "entry 5"),
        ("UPDATE audit SET ip_address = NULL WHERE position = 1", "entry 1"),
        ("DELETE FROM audit WHERE position = 2", "entries 2 to 2 are missing"),
        ("DELETE FROM audit WHERE position > 3", "entries 4 to 5 are missing"),
        ("DELETE FROM audit", "entries 1 to 5 are missing"),
        ("DELETE FROM audit_head", "its head names entry 0"),
        ("UPDATE audit_head SET position = 4", "its head names entry 4"),
        (
            "INSERT INTO audit (id, at, actor, action, detail) VALUES ('aud_x', 1, '{}', 'x', '{}')",
            "1 entries are not in the chain",
        ),
        (
            "INSERT INTO audit (id, at, actor, action, detail, position, hash) \
             VALUES ('aud_x', 1, '{}', 'x', '{}', 6, 'x')",
            "the hash of entry 6 (aud_x)",
        ),
    ] {
        for test in filled(5).await {
            assert_eq!(breaks(&test.store, None).await, Vec::<String>::new());
            run(&test.store, statement).await;
            let found = breaks(&test.store, None).await;
            assert!(found.iter().any(|found| found.contains(expected)), "{statement}: {found:?}");
        }
    }
}

#[tokio::test]
async fn a_truncation_with_a_forged_head_is_found_by_a_noted_head() {
    for test in filled(5).await {
        let noted = test.store.verify_audit(None).await.unwrap().end.hash;
        add(&test.store, 6).await;
        assert_eq!(breaks(&test.store, Some(&noted)).await, Vec::<String>::new(), "it has grown since");
        run(&test.store, "DELETE FROM audit WHERE position > 3").await;
        run(
            &test.store,
            "UPDATE audit_head SET position = 3, hash = (SELECT hash FROM audit WHERE position = 3)",
        )
        .await;
        assert_eq!(breaks(&test.store, None).await, Vec::<String>::new());
        let found = breaks(&test.store, Some(&noted)).await;
        assert_eq!(found, [ChainBreak::NotTheHead(noted).to_string()]);
    }
}

#[tokio::test]
async fn of_many_who_append_at_once_on_two_servers_each_gets_a_place_of_its_own() {
    for test in both().await {
        let other = Store::open(&test.url).await.unwrap();
        let tasks = (0..16).map(|task| {
            let store = if task % 2 == 0 { test.store.clone() } else { other.clone() };
            tokio::spawn(async move {
                for number in 0..10 {
                    add(&store, task * 100 + number).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let report = test.store.verify_audit(None).await.unwrap();
        assert_eq!((report.entries, report.breaks), (160, Vec::new()));
    }
}

/// Transactions that lock rows in any order and then append must not deadlock.
#[tokio::test]
async fn appending_at_the_end_of_changes_that_lock_many_rows_never_deadlocks() {
    let Some(test) = open_postgres().await else { return };
    for account in ["a", "b"] {
        let statement = format!(
            "INSERT INTO accounts (id, institution_name, state, account, as_of, read_at, changed_at, revision) \
             VALUES ('fca_{account}', 'Bank', 'healthy', '{{}}', 1, 1, 1, 1)"
        );
        run(&test.store, &statement).await;
    }
    let tasks = (0..8).map(|task| {
        let store = test.store.clone();
        tokio::spawn(async move {
            for number in 0..10 {
                let mut change = store.change().await.unwrap();
                let ids = if task % 2 == 0 { vec!["fca_a", "fca_b"] } else { vec!["fca_b"] };
                for id in ids {
                    let lock = "UPDATE accounts SET revision = revision + 1 WHERE id = $1";
                    sqlx::query(lock).bind(id).execute(&mut *change).await.unwrap();
                }
                append_all(&mut change, &[entry(number), entry(number)], Timestamp::UNIX_EPOCH)
                    .await
                    .unwrap();
                change.commit().await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(test.store.verify_audit(None).await.unwrap().entries, 160);
}

#[tokio::test]
async fn rows_of_an_older_version_are_chained_and_the_trail_says_so() {
    for test in filled(1).await {
        let store = &test.store;
        for number in 0..1200 {
            let statement = format!(
                "INSERT INTO audit (id, at, actor, action, detail) VALUES ('aud_0{number:04}', {number}, '{{}}', 'x', '{{}}')"
            );
            run(store, &statement).await;
        }
        assert_eq!(breaks(store, None).await.len(), 1);
        assert_eq!(store.chain_entries().await.unwrap(), 1200);
        assert_eq!(store.chain_entries().await.unwrap(), 0);
        assert_eq!(breaks(store, None).await, Vec::<String>::new());
        let told: Vec<_> = store.audit(None, None, 5).await.unwrap();
        let told: Vec<_> = told.iter().filter(|entry| entry.action == "audit.chained").collect();
        assert_eq!(
            told.iter().map(|entry| entry.detail["rows"].clone()).collect::<Vec<_>>(),
            [200, 500, 500]
        );
        assert_eq!(told[2].detail["first"], "aud_00000");
    }
}

#[tokio::test]
async fn an_export_for_a_siem_goes_on_behind_the_last_entry_and_misses_none() {
    for test in filled(3).await {
        let store = &test.store;
        let lines = async |wanted: &AuditFilter| {
            let mut out = Vec::new();
            store.export_audit(wanted, &mut out).await.unwrap();
            let text = String::from_utf8(out).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        };
        let first = lines(&AuditFilter::default()).await;
        assert_eq!(first.iter().map(|line| line["position"].clone()).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(first[0]["time"], "2026-09-21T14:13:20Z");
        assert_eq!(
            (&first[0]["ip_address"], &first[0]["actor"]["type"]),
            (&json!("192.0.2.1"), &json!("server"))
        );
        assert_eq!(first[0]["detail"]["text"], "ünïcode 漢字 \" , : 🏦");
        let after = first[2]["id"].as_str().map(str::to_owned);
        add(store, 4).await;
        let next = lines(&AuditFilter { after: after.clone(), ..AuditFilter::default() }).await;
        assert_eq!(next.len(), 1);
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        assert_eq!(lines(&AuditFilter { since: Some(at), ..AuditFilter::default() }).await.len(), 4);
        assert_eq!(lines(&AuditFilter { until: Some(at), ..AuditFilter::default() }).await.len(), 0);
        let hashes: BTreeSet<String> = first.iter().map(|line| line["hash"].to_string()).collect();
        assert_eq!(hashes.len(), 3);
        let unknown = AuditFilter { after: Some("aud_none".to_owned()), ..AuditFilter::default() };
        assert!(store.export_audit(&unknown, &mut Vec::new()).await.is_err());
    }
}

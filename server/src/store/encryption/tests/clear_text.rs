//! Clear text where an encrypted value belongs, and hashes in clear text that must confirm no guess.

use super::*;
use crate::domain::hash_chain::{Link, Record};

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn encrypted_only() -> DataKeys {
    DataKeys::parse(&format!("encrypted-only\n{}", DataKeys::key_text([1; 32]))).unwrap()
}

#[tokio::test]
async fn clear_text_is_read_until_the_key_file_refuses_it() {
    let ada = "ada@shop.example";
    for test in both_encrypted(1).await {
        let entry = Entry::of(Actor::Server.into(), AuditAction::KeyCreated, json!({"number": 1}));
        test.store.append_audit(&entry, crate::clock::new_id(), now()).await.unwrap();
        test.store.know_browser(ada, "known", now()).await.unwrap();
        let only = test.with_data_keys(encrypted_only()).await.unwrap();
        assert_eq!(only.audit(None, None, 5).await.unwrap().len(), 1, "what is encrypted is read");
        assert_eq!(rotate(&only).await.left, 0);

        for forged in [
            "UPDATE audit SET detail = '{\"number\":2}'".to_owned(),
            format!("UPDATE known_browsers SET operator = '{ada}'"),
        ] {
            sqlx::query(AssertSqlSafe(forged)).execute(&test.store.writer).await.unwrap();
        }
        assert_eq!(test.store.audit(None, None, 5).await.unwrap()[0].detail["number"], 2);
        let error = only.verify_audit(None).await.unwrap_err();
        assert!(matches!(error, StoreError::ClearText("audit.detail")), "{error}");
        // A browser that somebody has written there counts as unknown, and all unknown ones share one limit.
        let code = |browser: &str| CodeHash { browser: browser.to_owned(), hash: "hash".to_owned() };
        assert!(only.set_code(ada, &code("1"), None, now()).await.unwrap());
        assert!(!only.set_code(ada, &code("2"), Some("known"), now()).await.unwrap());
        assert!(test.store.set_code(ada, &code("3"), Some("known"), now()).await.unwrap());
        // A rotation with the word says so, and encrypts nothing that somebody has written there.
        let error = only.rotate_data_keys(|_| ()).await.unwrap_err();
        assert!(matches!(error, StoreError::ClearText("audit.detail")), "{error}");
    }
}

/// Returns the entry at the first place with this address, as somebody guesses it who has a copy of the database.
async fn guessed(store: &Store, entry: &Entry, address: &str) -> Record {
    let id: String = sqlx::query_scalar("SELECT id FROM audit").fetch_one(store.reader()).await.unwrap();
    Record {
        id,
        at: now().as_millisecond(),
        actor: serde_json::to_string(&entry.source.actor).unwrap(),
        action: entry.action.as_str().to_owned(),
        customer: None,
        session: None,
        account: None,
        ip_address: Some(address.to_owned()),
        detail: entry.detail.to_string(),
    }
}

#[tokio::test]
async fn the_hash_of_an_encrypted_entry_confirms_no_guess_of_its_address() {
    for detail in [json!({"choice": "repair"}), serde_json::Value::Null] {
        for (stores, is_guessed) in [(both().await, true), (both_encrypted(1).await, false)] {
            for TestStore { store, .. } in stores {
                let source = Actor::Server.at("192.0.2.7".parse().unwrap());
                let entry = Entry::of(source, AuditAction::RelinkStarted, detail.clone());
                store.append_audit(&entry, crate::clock::new_id(), now()).await.unwrap();
                let hash: String =
                    sqlx::query_scalar("SELECT hash FROM audit").fetch_one(store.reader()).await.unwrap();
                let right = guessed(&store, &entry, "192.0.2.7").await;
                assert_eq!(Link::start().next(&right).hash == hash, is_guessed);
                assert_ne!(Link::start().next(&guessed(&store, &entry, "192.0.2.8").await).hash, hash);
                let shown = store.audit(None, None, 5).await.unwrap();
                assert_eq!(shown[0].detail, detail, "nobody is shown the random bits");
                assert_eq!(store.verify_audit(None).await.unwrap().number_of_breaks, 0);
            }
        }
    }
}

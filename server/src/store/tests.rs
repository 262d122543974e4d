//! Tests of the whole database: start, restart and concurrent starts.

use jiff::Timestamp;
use relink_protocol::HolderId;
use serde_json::{Value, json};

use super::testing::{both, open};
use super::*;
use crate::domain::connection::{ReadReason, Reading, StoredAccount, keep};

fn kept(id: &str, customer: &str, change: &Value) -> StoredAccount {
    let mut account = json!({
        "id": id, "account_holder": {"customer": customer}, "authorization": "fcauth_1", "created": 1,
        "institution_name": "Alder Bank", "livemode": false, "status": "active", "subcategory": "checking"
    });
    account.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let reading = Reading { account: serde_json::from_value(account).unwrap(), as_of: 7 };
    let now = Timestamp::from_second(1000).unwrap();
    let rules = relink_protocol::ConditionRules::default();
    keep(None, reading, ReadReason::Look, rules, now, Timestamp::UNIX_EPOCH).unwrap().kept.unwrap()
}

async fn saved(store: &Store, kept: &StoredAccount) {
    let mut change = store.change().await.unwrap();
    accounts::save(&mut change, kept, false).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test]
async fn an_account_comes_back_as_it_was_kept() {
    for test in both().await {
        let store = &test.store;
        for change in [
            json!({}),
            json!({"display_name": "Ärger & Söhne 😀", "last4": "6789", "permissions": ["balances", "something_new"]}),
            json!({"status": "inactive", "status_details": {"inactive": {"action": "relink_required", "cause": "a_new_one"}}}),
            json!({"account_numbers": [{
                "identifier_type": "tokenized_account_number", "status": "transactable", "expected_expiry_date": 5_000_000
            }]}),
            json!({"status": "hibernating", "subscriptions": ["balance"], "account_holder": null}),
        ] {
            let kept = kept("fca_1", "cus_1", &change);
            saved(store, &kept).await;
            assert_eq!(store.account(&kept.account.id).await.unwrap(), Some(kept), "{change}");
        }
    }
}

#[tokio::test]
async fn a_customer_has_their_own_accounts_and_a_version_that_is_theirs() {
    for test in both().await {
        let store = &test.store;
        let (ann, bob): (HolderId, HolderId) = ("cus_ann".parse().unwrap(), "cus_bob".parse().unwrap());
        let none: HolderId = "cus_none".parse().unwrap();
        for (id, customer) in [("fca_1", "cus_ann"), ("fca_2", "cus_ann"), ("fca_3", "cus_bob")] {
            saved(store, &kept(id, customer, &json!({}))).await;
        }
        assert_eq!(store.accounts_of(&ann).await.unwrap().len(), 2);
        let customers = [ann.clone(), bob.clone(), none.clone()];
        let mut before = store.versions(&customers).await.unwrap();
        before.sort();
        assert_eq!(before, [(ann.clone(), "2-2".to_owned()), (bob.clone(), "1-1".to_owned())]);
        saved(store, &StoredAccount { revision: 2, ..kept("fca_1", "cus_ann", &json!({})) }).await;
        let mut after = store.versions(&customers).await.unwrap();
        after.sort();
        assert_eq!(after, [(ann, "2-3".to_owned()), (bob, "1-1".to_owned())]);
        assert_eq!(store.accounts_of(&none).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    for engine in testing::engines() {
        let test = open(*engine).await;
        let kept = kept("fca_1", "cus_1", &json!({}));
        saved(&test.store, &kept).await;
        let again = Store::open(&test.url).await.unwrap();
        assert_eq!(again.account(&kept.account.id).await.unwrap(), Some(kept));
    }
}

#[tokio::test]
async fn servers_that_start_at_once_bring_the_database_up_to_date_once() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}/new.db", folder.path().display());
    let postgres = testing::empty_postgres().await;
    for url in std::iter::once(testing::settings(sqlite)).chain(postgres) {
        // Each in a runtime of its own, as real servers would be.
        let start = |url: DatabaseSettings| {
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async { Store::open(&url).await.unwrap().check().await.unwrap() });
            })
        };
        let starting: Vec<_> = (0..6).map(|_| start(url.clone())).collect();
        for server in starting {
            server.join().unwrap();
        }
    }
}

#[tokio::test]
async fn a_change_that_is_dropped_has_not_happened() {
    for test in both().await {
        let store = &test.store;
        let kept = kept("fca_1", "cus_1", &json!({}));
        let mut change = store.change().await.unwrap();
        accounts::save(&mut change, &kept, false).await.unwrap();
        drop(change);
        assert_eq!(store.account(&kept.account.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_nobody_looked_at_for_long_is_found_the_oldest_first() {
    let at = |second| Timestamp::from_second(second).unwrap();
    for test in both().await {
        let store = &test.store;
        let due = StoredAccount { recheck_at: Some(at(2000)), ..kept("fca_held", "cus_1", &json!({})) };
        saved(store, &due).await;
        assert_eq!(store.accounts_to_recheck(at(1999), 9).await.unwrap(), Vec::<String>::new());
        assert_eq!(store.accounts_to_recheck(at(2000), 9).await.unwrap(), ["fca_held"]);
    }
}

#[tokio::test]
async fn what_is_known_of_a_login_counts_until_one_of_its_accounts_changes() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let login = "fcauth_1".parse().unwrap();
    for test in both().await {
        let store = &test.store;
        assert_eq!(store.is_repairable(&login).await.unwrap(), None);
        store.save_login(&login, true, at(1000)).await.unwrap();
        assert_eq!(store.is_repairable(&login).await.unwrap(), Some(true));
        saved(store, &kept("fca_1", "cus_1", &json!({}))).await;
        assert_eq!(store.is_repairable(&login).await.unwrap(), Some(true));
        saved(store, &StoredAccount { changed_at: at(1001), ..kept("fca_1", "cus_1", &json!({})) }).await;
        assert_eq!(store.is_repairable(&login).await.unwrap(), None);
        store.save_login(&login, false, at(1001)).await.unwrap();
        assert_eq!(store.is_repairable(&login).await.unwrap(), Some(false));
        let mut change = store.change().await.unwrap();
        assert_eq!(bank_logins::forget(&mut change, &login).await.unwrap(), ["fca_1"]);
        change.commit().await.unwrap();
        assert_eq!(store.is_repairable(&login).await.unwrap(), None);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let test = open(Engine::Sqlite).await;
    test.store.check().await.unwrap();
    let mode = std::fs::metadata(test.url.url.file().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

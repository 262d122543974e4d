//! An account that comes back under a new identifier is told of once: as replaced, and not as added as well.

use relink_server::Options;
use serde_json::{Value, json};

use super::{BROKEN, Stand};

fn data(options: Options) -> Options {
    Options { purpose: "data".to_owned(), permissions: Some("balances".to_owned()), ..options }
}

#[tokio::test]
async fn an_account_that_replaces_another_is_not_told_of_as_added() {
    let stand = Stand::start(data).await;
    let ids = json!({"new_authorization": true});
    stand.control("/_sandbox/settings", &ids).await;
    let (_, outcome) = stand.relink_all(BROKEN, "fcinst_AlderBank").await;
    stand.deliver_events().await;
    let replaced = stand.merchant_hears("connection.replaced").await;
    assert_eq!(replaced.len(), 2, "{outcome}");
    let by: Vec<&Value> = replaced.iter().map(|told| &told["data"]["replaced_by"]).collect();
    let added = stand.merchant_hears("account.added").await;
    // The account that Jenny had never shared is new, and its message waits until no pair can be found any more.
    let [new] = added.as_slice() else { panic!("{added:?}") };
    assert_eq!(new["data"]["last4"], "2231");
    assert!(!by.contains(&&new["data"]["id"]));
    let due = stand
        .app
        .database
        .texts("SELECT id FROM deliveries WHERE type = 'account.added' AND due > created_at");
    assert_eq!(due.await.len(), 1);
}

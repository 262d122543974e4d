//! An account that comes back under a new identifier is told of once: as replaced, and not as added as well.

use relink_server::{Options, RequestOptions};
use serde_json::{Value, json};

use super::{BROKEN, Stand};
use crate::support::{API_KEY, token};

/// Customer whose account [`LESS`] works and shares payments only.
const MIRA: &str = "cus_SandboxMira";
const LESS: &str = "fca_TernChecking5518";

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

/// Asks Mira for balances and lets her share them, in a relink with this switch of the sandbox. Returns the ids of the
/// accounts on her page, and the request.
async fn update(switch: &str) -> (Stand, Vec<String>, Value) {
    let stand = Stand::start(|options| Options {
        permissions: Some("payment_method,balances".to_owned()),
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            ..options.requests.clone()
        },
        ..data(options)
    })
    .await;
    stand.control("/_sandbox/scenes", &json!({"scene": "permissions"})).await;
    stand.control("/_sandbox/settings", &json!({switch: true})).await;
    stand.app.get("/api/accounts", &token(MIRA)).await;
    let body = json!({"account": LESS, "delivery": "link", "reason": "permissions_changed"});
    let request = stand.app.post("/v1/relink-requests", API_KEY, &body).await.json();
    stand.relink_those(MIRA, LESS, "fcinst_TernBank", |one| one["last4"] == "5518").await;
    stand.deliver_events().await;
    let list = stand.app.get("/api/accounts", &token(MIRA)).await.json();
    let of_tern = list["accounts"].as_array().unwrap().iter().filter(|one| one["last4"] == "5518");
    let ids = of_tern.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let path = format!("/v1/relink-requests/{}", request["id"].as_str().unwrap());
    let request = stand.app.get(&path, API_KEY).await.json();
    (stand, ids, request)
}

#[tokio::test]
async fn an_account_that_works_and_shares_more_under_a_new_identifier_replaces_the_old_one() {
    for switch in ["new_authorization", "changed_ids"] {
        let (stand, ids, request) = update(switch).await;
        let replaced = stand.merchant_hears("connection.replaced").await;
        let [told] = replaced.as_slice() else { panic!("{switch}: {replaced:?}") };
        assert_eq!(told["data"]["id"], LESS, "{switch}");
        assert_eq!(ids, [told["data"]["replaced_by"].as_str().unwrap()], "{switch}");
        assert_ne!(ids, [LESS], "{switch}");
        assert_eq!(request["state"], "completed", "{switch}");
        assert_eq!(stand.merchant_hears("account.added").await, Vec::<Value>::new(), "{switch}");
        // Stripe keeps the old identifier alive, which changes nothing.
        stand.bank_changes(LESS, json!({"permissions": ["payment_method", "ownership"]})).await;
        stand.deliver_events().await;
        let list = stand.app.get("/api/accounts", &token(MIRA)).await.json();
        assert!(!list.to_string().contains(LESS), "{switch}: {list}");
    }
}

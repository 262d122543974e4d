//! Repairs last: a relink counts at banks that end the connection again at once, and an account that comes back under a
//! new identifier replaces the old one.

use relink_server::{BackgroundOptions, Options, RequestOptions};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::objects::{active, any_account, broken, session, signed_in, told};
use crate::payment_method::stripe_agrees;
use crate::support::{API_KEY, TestApp, now, token};
use crate::webhooks::event;

pub(crate) const SESSION: &str = "/v1/financial_connections/sessions/fcsess_1";
const DAY: i64 = 24 * 60 * 60;

pub(crate) async fn shop(change: impl FnOnce(Options) -> Options) -> TestApp {
    TestApp::with(|options| {
        change(Options {
            api_key: Some(SecretString::from(API_KEY)),
            webhook_url: Some("http://127.0.0.1:9/hook".to_owned()),
            webhook_secret: Some(SecretString::from("whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktbmV3MQ==")),
            webhook_allow_private: true,
            requests: RequestOptions {
                public_url: Some("https://reconnect.example".to_owned()),
                ..RequestOptions::default()
            },
            ..options
        })
    })
    .await
}

pub(crate) fn data(options: Options) -> Options {
    Options { purpose: "data".to_owned(), permissions: Some("balances".to_owned()), ..options }
}

fn numbered(mut account: Value, last4: &str) -> Value {
    account["last4"] = json!(last4);
    account
}

/// Returns an active account whose connection ends in so many days.
fn ending(id: &str, days: i64) -> Value {
    let mut account = active(id, Some("cus_1"));
    let end = now() + days * DAY;
    account["status_details"] =
        json!({"active": {"action": "relink_required", "expected_deactivation_date": end}});
    account
}

/// Sends an event about the account, and lets the server read it.
pub(crate) async fn stripe_tells(app: &TestApp, name: &str, account: &str) {
    app.tell(&event(name, account)).await;
    relink_server::work_until_idle(&app.app).await;
}

/// Asks for a repair of the account by a link, and returns the request's identifier.
pub(crate) async fn ask(app: &TestApp, account: &str) -> String {
    let body = json!({"account": account, "delivery": "link"});
    let answer = app.post("/v1/relink-requests", API_KEY, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn state_of(app: &TestApp, request: &str) -> Value {
    app.get(&format!("/v1/relink-requests/{request}"), API_KEY).await.json()["state"].clone()
}

/// Returns the types of the merchant events about this account, in alphabetical order.
pub(crate) async fn merchant_hears(app: &TestApp, account: &str) -> Vec<String> {
    let types = format!(
        "SELECT type FROM deliveries WHERE subject = '{account}' AND type LIKE 'connection.%' ORDER BY type"
    );
    app.database.texts(&types).await
}

/// Returns the identifiers of the accounts that the customer sees.
pub(crate) async fn customer_sees(app: &TestApp) -> Vec<String> {
    let list = app.get("/api/accounts", &token("cus_1")).await.json();
    let mut ids: Vec<_> = list["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

async fn connection(app: &TestApp, id: &str) -> Value {
    let list = app.get("/api/connections", API_KEY).await.json();
    list["data"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
}

#[tokio::test]
async fn a_completed_relink_counts_at_a_bank_that_ends_the_connection_again_at_once() {
    let app = shop(|options| options).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    stripe_tells(&app, "evt_1", "fca_1").await;
    let request = ask(&app, "fca_1").await;
    app.stripe_has_account(ending("fca_1", 1));
    stripe_tells(&app, "evt_2", "fca_1").await;
    assert_eq!(state_of(&app, &request).await, "completed");
    let expected = ["connection.broken", "connection.expiring", "connection.repaired"];
    assert_eq!(merchant_hears(&app, "fca_1").await, expected);
}

#[tokio::test]
async fn stripes_result_for_the_session_completes_the_request_whatever_the_end_is() {
    let app = shop(|options| options).await;
    let account = ending("fca_1", 1);
    app.stripe_has_account(account.clone());
    stripe_tells(&app, "evt_1", "fca_1").await;
    let request = ask(&app, "fca_1").await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    let result = json!({"authorization": "fcauth_1", "account": "fca_1", "failure_reason": null});
    app.stripe_has(SESSION, session("fcsess_1", "fca_1", &result)).await;
    let outcome = app.outcome(&token("cus_1"), "fcsess_1", "finished").await.json();
    assert_eq!(told(&outcome), "relinked: fca_1 |  | ");
    assert_eq!(state_of(&app, &request).await, "completed");
}

#[tokio::test]
async fn an_end_counts_from_the_time_that_the_merchant_has_set() {
    for (within, state) in [(None, "healthy"), (Some("60d"), "expiring")] {
        let background =
            BackgroundOptions { expiring_within: within.map(str::to_owned), ..BackgroundOptions::default() };
        let app = shop(|options| Options { background, ..options }).await;
        app.stripe_has_account(ending("fca_1", 45));
        stripe_tells(&app, "evt_1", "fca_1").await;
        assert_eq!(connection(&app, "fca_1").await["state"], state);
        let list = app.get("/api/accounts", &token("cus_1")).await.json();
        assert_eq!(list["accounts"][0]["condition"].is_string(), within.is_none(), "{list}");
    }
}

#[tokio::test]
async fn a_number_on_its_way_is_a_state_for_payments_and_none_for_data() {
    let mut account = active("fca_1", Some("cus_1"));
    account["account_numbers"] = json!([
        {"identifier_type": "tokenized_account_number", "status": "expired", "expected_expiry_date": null},
        {"identifier_type": "tokenized_account_number", "status": "pending", "expected_expiry_date": null},
    ]);
    for (is_data, state) in [(false, "number_pending"), (true, "healthy")] {
        let app = shop(|options| if is_data { data(options) } else { options }).await;
        app.stripe_has_account(account.clone());
        stripe_tells(&app, "evt_1", "fca_1").await;
        assert_eq!(connection(&app, "fca_1").await["state"], state);
        let list = app.get("/api/accounts", &token("cus_1")).await.json();
        assert_eq!(list["accounts"][0]["condition"], state);
        assert!(merchant_hears(&app, "fca_1").await.is_empty());
    }
}

/// Runs a data relink of two broken accounts that returns the first one under a new identifier.
async fn reconciled() -> (TestApp, String) {
    let app = shop(data).await;
    app.stripe_has_account(numbered(broken("fca_1", Some("cus_1")), "6789"));
    app.stripe_has_account(numbered(broken("fca_2", Some("cus_1")), "1204"));
    stripe_tells(&app, "evt_1", "fca_1").await;
    stripe_tells(&app, "evt_2", "fca_2").await;
    let request = ask(&app, "fca_1").await;
    app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
    assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
    let mut new = numbered(active("fca_new", Some("cus_1")), "6789");
    new["authorization"] = json!("fcauth_2");
    app.stripe_has_account(new.clone());
    app.stripe_has(SESSION, any_account("fcsess_1", &signed_in("fcauth_2"), &[new])).await;
    let outcome = app.outcome(&token("cus_1"), "fcsess_1", "finished").await.json();
    assert_eq!(told(&outcome), "new_authorization: fca_new |  | fca_2");
    (app, request)
}

#[tokio::test]
async fn an_account_that_comes_back_under_a_new_identifier_replaces_the_old_one_for_good() {
    let (app, request) = reconciled().await;
    assert_eq!(customer_sees(&app).await, ["fca_2", "fca_new"]);
    assert_eq!(state_of(&app, &request).await, "completed");
    let old = connection(&app, "fca_1").await;
    assert_eq!((&old["state"], &old["replaced_by"]), (&json!("replaced"), &json!("fca_new")));
    assert_eq!(connection(&app, "fca_new").await["replaced_by"], Value::Null);
    assert_eq!(merchant_hears(&app, "fca_1").await, ["connection.broken", "connection.replaced"]);
    let payload = "SELECT payload FROM deliveries WHERE type = 'connection.replaced'";
    let payload: Value = serde_json::from_str(&app.database.texts(payload).await[0]).unwrap();
    assert_eq!(
        (&payload["data"]["id"], &payload["data"]["replaced_by"], &payload["data"]["replacement"]["id"]),
        (&json!("fca_1"), &json!("fca_new"), &json!("fca_new"))
    );
    for account in ["fca_1", "fca_new"] {
        let entries = format!("SELECT action FROM audit WHERE account = '{account}'");
        let entries = app.database.texts(&entries).await;
        assert!(entries.contains(&"connection.replaced".to_owned()), "{account} {entries:?}");
    }
    let body = json!({"account": "fca_1", "delivery": "link"});
    let refused = app.post("/v1/relink-requests", API_KEY, &body).await;
    assert_eq!(refused.json()["rule"], "account_replaced", "{}", refused.text);
    // Whatever is read of the old identifier from now on, it stays out of the way.
    stripe_tells(&app, "evt_3", "fca_1").await;
    assert_eq!(customer_sees(&app).await, ["fca_2", "fca_new"]);
    assert_eq!(merchant_hears(&app, "fca_1").await.len(), 2);
}

#[tokio::test]
async fn an_old_identifier_that_stripe_brings_back_is_an_account_like_others() {
    let (app, _) = reconciled().await;
    app.stripe_has_account(numbered(active("fca_1", Some("cus_1")), "6789"));
    stripe_tells(&app, "evt_3", "fca_1").await;
    assert_eq!(customer_sees(&app).await, ["fca_1", "fca_2", "fca_new"]);
    let back = connection(&app, "fca_1").await;
    assert_eq!((&back["state"], &back["replaced_by"]), (&json!("healthy"), &Value::Null));
    assert!(merchant_hears(&app, "fca_1").await.contains(&"connection.repaired".to_owned()));
}

#[tokio::test]
async fn paying_from_the_same_account_under_a_new_identifier_replaces_the_old_one() {
    for (last4, sees) in [("6789", &["fca_new"][..]), ("4421", &["fca_1", "fca_new"])] {
        // Without a public URL there is no proxy that could hide the customer's address from the mandate.
        let requests = RequestOptions::default();
        let app = shop(|options| Options { any_account: true, requests, ..options }).await;
        let jenny = json!({"id": "cus_1", "object": "customer", "name": "Jenny Rosen"});
        app.stripe_has("/v1/customers/cus_1", jenny).await;
        stripe_agrees(&app).await;
        app.stripe_has_account(broken("fca_1", Some("cus_1")));
        app.stripe_makes(any_account("fcsess_1", &Value::Null, &[])).await;
        assert_eq!(app.begin(&token("cus_1"), "fca_1").await.status, 200);
        let new = numbered(active("fca_new", Some("cus_1")), last4);
        app.stripe_has_account(new.clone());
        app.stripe_has(SESSION, any_account("fcsess_1", &signed_in("fcauth_1"), &[new])).await;
        let outcome = app.outcome(&token("cus_1"), "fcsess_1", "finished").await.json();
        assert_eq!(told(&outcome), "new_account:  | fca_new | fca_1");
        assert_eq!(customer_sees(&app).await, ["fca_1", "fca_new"], "nothing is confirmed yet");
        let paid = app.pay(&token("cus_1"), "fcsess_1", "fca_new").await;
        assert_eq!(paid.status, 204, "{}", paid.text);
        assert_eq!(customer_sees(&app).await, sees, "{last4}");
    }
}

#[tokio::test]
async fn the_back_end_reads_a_bank_login_with_its_accounts_and_what_a_relink_would_repair() {
    let app = shop(|options| options).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has_account(active("fca_2", Some("cus_1")));
    for (event, account) in [("evt_1", "fca_1"), ("evt_2", "fca_2")] {
        stripe_tells(&app, event, account).await;
    }
    let login = json!({
        "id": "fcauth_1", "object": "financial_connections.authorization", "institution_name": "Alder Bank",
        "livemode": false, "status": "inactive", "status_details": {"inactive": {"action": "relink_required"}}
    });
    app.stripe_has("/v1/financial_connections/authorizations/fcauth_1", login).await;
    let answer = app.get("/api/authorizations/fcauth_1", API_KEY).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    let login = answer.json();
    assert_eq!(
        (&login["status"], &login["action"], &login["would_repair"], &login["institution_name"]),
        (&json!("inactive"), &json!("relink_required"), &json!(["fca_1"]), &json!("Alder Bank"))
    );
    let accounts = login["accounts"].as_array().unwrap().iter().map(|one| one["id"].clone());
    assert_eq!(accounts.collect::<Vec<_>>(), [json!("fca_1"), json!("fca_2")]);
    assert_eq!(app.get("/api/authorizations/fca_1", API_KEY).await.problem().0, 404);
    assert_eq!(app.get("/api/authorizations/fcauth_unknown", API_KEY).await.problem().0, 404);
    assert_eq!(app.get("/api/authorizations/fcauth_1", &token("cus_1")).await.problem().0, 401);
}

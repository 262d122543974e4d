//! Connected accounts: a world of their own, `Stripe-Account`, and events for the platform.

use axum::body::Body;
use serde_json::{Value, json};

use crate::{
    client::{ACCOUNTS, Answer, Client, NOW, PREVIEW, SESSIONS, ids},
    receiver::Receiver,
};

const ADA: &str = "acct_Ada";
const LINK: &str =
    "account_holder[type]=customer&account_holder[customer]=cus_Theirs&permissions[]=payment_method";

async fn connect(client: &Client, account: &str) {
    let answer = client.post("/_sandbox/connected_accounts", json!({ "id": account })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Calls the API on behalf of a connected account.
async fn on_behalf(client: &Client, account: &str, method: &str, path: &str, form: &str) -> Answer {
    let request = Client::request(method, path, PREVIEW).header("stripe-account", account);
    client.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

/// Makes a step of the bank window that Stripe.js opened with `stripeAccount`.
async fn step(client: &Client, account: &str, step: &str, body: Value) -> Answer {
    post(client, account, &format!("/bank/{step}"), body).await
}

async fn post(client: &Client, account: &str, path: &str, body: Value) -> Answer {
    let request = axum::http::Request::post(path).header("content-type", "application/json");
    let request = request.header("authorization", "Bearer pk_test_sandbox").header("stripe-account", account);
    client.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// Links one account for a customer of the connected account, and returns its id.
async fn link(client: &Client, account: &str) -> String {
    let session = on_behalf(client, account, "POST", SESSIONS, LINK).await.body;
    let secret = &session["client_secret"];
    step(client, account, "open", json!({ "client_secret": secret })).await;
    let at = json!({ "client_secret": secret, "institution": "fcinst_AlderBank" });
    let offered = step(client, account, "sign_in", at).await.body["holdings"][0]["id"].clone();
    step(client, account, "choose", json!({ "client_secret": secret, "holdings": [offered] })).await;
    let path = format!("{SESSIONS}/{}", session["id"].as_str().unwrap());
    let ended = on_behalf(client, account, "GET", &path, "").await.body;
    ended["accounts"]["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_that_is_not_connected_is_refused_in_stripes_words() {
    let client = Client::new();
    let refused = on_behalf(&client, "acct_Nobody", "GET", ACCOUNTS, "").await;
    assert_eq!(refused.refusal(), "403 account_invalid -");
    assert_eq!(
        refused.body["error"]["message"],
        "The provided key 'sk_test_*******' does not have access to account 'acct_Nobody' (or that account does not \
         exist). Application access may have been revoked."
    );
    let request = axum::http::Request::get(ACCOUNTS).header("stripe-account", "acct_Nobody");
    let wrong_key = request.header("authorization", "Bearer sk_test_other").body(Body::empty()).unwrap();
    assert_eq!(client.send(wrong_key).await.status, 401);
    connect(&client, ADA).await;
    let live = axum::http::Request::get(ACCOUNTS).header("stripe-account", ADA);
    let live = live.header("authorization", "Bearer sk_live_sandbox").body(Body::empty()).unwrap();
    assert_eq!(client.send(live).await.refusal(), "403 account_invalid -", "connected in test mode");
}

#[tokio::test]
async fn each_connected_account_has_its_own_objects_and_ids() {
    let client = Client::new();
    connect(&client, ADA).await;
    connect(&client, "acct_Bo").await;
    let theirs = link(&client, ADA).await;
    let others = link(&client, "acct_Bo").await;
    assert_ne!(theirs, others);
    assert_eq!(ids(&on_behalf(&client, ADA, "GET", ACCOUNTS, "").await.body), theirs);
    let path = format!("{ACCOUNTS}/{theirs}");
    assert_eq!(client.get(&path).await.status, 404, "not the platform's");
    assert_eq!(on_behalf(&client, "acct_Bo", "GET", &path, "").await.status, 404);
    let platforms = format!("{ACCOUNTS}/fca_AlderChecking6789");
    assert_eq!(on_behalf(&client, ADA, "GET", &platforms, "").await.status, 404);
    let list = client.get("/_sandbox/connected_accounts").await.body;
    assert_eq!(list, json!([{ "id": ADA }, { "id": "acct_Bo" }]));
    client.post("/_sandbox/reset", json!({})).await;
    assert_eq!(client.get("/_sandbox/connected_accounts").await.body, json!([]));
}

#[tokio::test]
async fn events_name_the_connected_account_and_go_to_endpoints_for_connected_accounts() {
    let client = Client::new();
    let (own, connect_endpoint) = (Receiver::new(&[]).await, Receiver::new(&[]).await);
    client.submit("/v1/webhook_endpoints", &format!("url={}&enabled_events[]=*", own.url)).await;
    let form = format!("url={}&enabled_events[]=*&connect=true", connect_endpoint.url);
    client.submit("/v1/webhook_endpoints", &form).await;
    connect(&client, ADA).await;
    let account = link(&client, ADA).await;
    client.submit("/v1/customers", "name=Jo").await;
    client.sandbox.deliver_due().await;
    let kinds = |receiver: &Receiver| {
        let events = receiver.received().into_iter().map(|one| one.event());
        events.map(|event| (event["type"].clone(), event["account"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&own), [(json!("customer.created"), Value::Null)]);
    let seen = kinds(&connect_endpoint);
    assert!(seen.contains(&(json!("financial_connections.account.created"), json!(ADA))), "{seen:?}");
    let read = on_behalf(&client, ADA, "GET", "/v1/events", "").await.body;
    assert_eq!(read["data"][0]["account"], ADA);
    let broken =
        post(&client, ADA, &format!("/_sandbox/accounts/{account}"), json!({ "status": "inactive" })).await;
    assert_eq!(broken.status, 200, "the sandbox's own routes take the header, too");
    client.sandbox.deliver_due().await;
    let deactivated = (json!("financial_connections.account.deactivated"), json!(ADA));
    assert_eq!(kinds(&connect_endpoint).last(), Some(&deactivated));
}

#[tokio::test]
async fn connected_accounts_follow_the_platforms_clock_and_are_in_its_scenario() {
    let client = Client::new();
    connect(&client, ADA).await;
    let account = link(&client, ADA).await;
    client.advance("1d").await;
    let made = on_behalf(&client, ADA, "POST", "/v1/customers", "name=Jo").await.body;
    assert_eq!(made["created"], NOW + crate::client::DAY);
    let saved = client.get("/_sandbox/scenario").await.body;
    let other = Client::new();
    assert_eq!(other.post("/_sandbox/scenario", saved).await.status, 200);
    assert_eq!(ids(&on_behalf(&other, ADA, "GET", ACCOUNTS, "").await.body), account);
    assert_ne!(link(&other, ADA).await, account, "loaded ids are not made again");
}

#[tokio::test]
async fn a_connected_account_can_be_reset_alone_and_has_no_clock_of_its_own() {
    let client = Client::new();
    connect(&client, ADA).await;
    let before = link(&client, ADA).await;
    post(&client, ADA, "/_sandbox/reset", json!({})).await;
    assert_eq!(ids(&on_behalf(&client, ADA, "GET", ACCOUNTS, "").await.body), "", "no seed of the platform");
    assert_ne!(link(&client, ADA).await, before);
    let events = on_behalf(&client, ADA, "GET", "/v1/events", "").await.body;
    assert_eq!(events["data"][0]["account"], ADA);
    let clock = post(&client, ADA, "/_sandbox/clock", json!({ "advance": "1d" })).await;
    assert_eq!(clock.status, 400, "{}", clock.text);
}

#[tokio::test]
async fn only_ids_of_accounts_can_be_connected() {
    let client = Client::new();
    for id in ["", "acct_", "cus_1", "acct_a/b"] {
        let answer = client.post("/_sandbox/connected_accounts", json!({ "id": id })).await;
        assert_eq!(answer.refusal(), "400 - id", "{id}");
    }
}

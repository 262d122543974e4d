//! Conventions of the API: keys, request ids, unknown URLs, idempotency.

use axum::{body::Body, http::Request};
use insta::assert_snapshot;

use crate::client::{ACCOUNTS, Answer, Client, EXACT, PREVIEW, SESSIONS};

async fn with_authorization(value: &str) -> Answer {
    let request = Request::get(ACCOUNTS).header("authorization", value).body(Body::empty()).unwrap();
    Client::new().send(request).await
}

#[tokio::test]
async fn bearer_and_basic_authentication_both_work() {
    for value in ["Bearer sk_test_sandbox", "bearer rk_test_sandbox", "Basic c2tfdGVzdF9zYW5kYm94Og=="] {
        assert_eq!(with_authorization(value).await.status, 200, "{value}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_only_shown_masked() {
    let answer = with_authorization("Bearer sk_test_notThisOneAtAll").await;
    assert_eq!(answer.status, 401);
    assert_snapshot!(answer.body["error"], @r#"{"message":"Invalid API Key provided: sk_test_***********tAll","type":"invalid_request_error"}"#);
    assert_eq!(answer.header("www-authenticate"), "Basic realm=\"Stripe\"");
    assert_eq!(with_authorization("Bearer pk_test_sandbox").await.refusal(), "401 secret_key_required -");
    assert_eq!(with_authorization("Token x").await.refusal(), "401 - -");
}

#[tokio::test]
async fn every_answer_has_its_own_request_id() {
    let client = Client::new();
    let mut seen = Vec::new();
    for path in [ACCOUNTS, "/v1/nothing", "/nothing", "/bank", "/_sandbox/state"] {
        let id = client.get(path).await.header("request-id").to_owned();
        assert!(id.starts_with("req_") && !seen.contains(&id), "{path}: {id}");
        seen.push(id);
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_unrecognized() {
    let client = Client::new();
    let unknown = client.get("/v1/financial_connections/nothing").await;
    assert_eq!(
        unknown.body["error"]["message"],
        "Unrecognized request URL (GET: /v1/financial_connections/nothing)."
    );
    let deleted =
        client.send(Client::request("DELETE", SESSIONS, PREVIEW).body(Body::empty()).unwrap()).await;
    assert_eq!((unknown.status.as_u16(), deleted.status.as_u16()), (404, 404));
}

async fn create_with_key(client: &Client, key: &str, form: &str) -> Answer {
    let request = Client::request("POST", SESSIONS, PREVIEW).header("idempotency-key", key);
    client.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_repeated_key_gets_the_first_answer_again() {
    let client = Client::new();
    let first = create_with_key(&client, "attempt-1", EXACT).await;
    let encoded = EXACT.replace('[', "%5B").replace(']', "%5D");
    let again = create_with_key(&client, "attempt-1", &encoded).await;
    let other = create_with_key(&client, "attempt-2", EXACT).await;
    assert_eq!(first.body, again.body);
    assert_ne!(first.body["id"], other.body["id"]);
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
}

#[tokio::test]
async fn answers_repeat_version_and_key_and_replays_name_the_first_call() {
    let client = Client::new();
    let first = create_with_key(&client, "attempt", EXACT).await;
    let again = create_with_key(&client, "attempt", EXACT).await;
    assert_eq!((first.header("stripe-version"), first.header("idempotency-key")), (PREVIEW, "attempt"));
    assert_eq!(
        (first.header("original-request"), again.header("original-request")),
        ("", first.header("request-id"))
    );
    let without = with_authorization("Bearer sk_test_sandbox").await;
    assert_eq!(without.header("stripe-version"), "2026-10-28.endive");
    assert_eq!(client.get("/_sandbox/state").await.header("stripe-version"), "");
}

#[tokio::test]
async fn a_key_with_other_parameters_is_an_idempotency_error() {
    let client = Client::new();
    create_with_key(&client, "attempt", EXACT).await;
    let answer =
        create_with_key(&client, "attempt", &EXACT.replace("limits[accounts]=1", "limits[accounts]=2")).await;
    assert_eq!((answer.status.as_u16(), &answer.body["error"]["type"]), (400, &"idempotency_error".into()));
    let long = create_with_key(&client, &"k".repeat(256), EXACT).await;
    assert_eq!(long.body["error"]["type"], "idempotency_error");
}

#[tokio::test]
async fn a_key_of_a_refused_call_can_be_used_again() {
    let client = Client::new();
    create_with_key(&client, "attempt", "permissions[]=nothing").await;
    assert_eq!(create_with_key(&client, "attempt", EXACT).await.status, 200);
}

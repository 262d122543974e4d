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
    assert_eq!(with_authorization("Bearer pk_test_sandbox").await.refusal(), "403 secret_key_required -");
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
async fn addresses_and_methods_that_are_not_played_are_unrecognized_and_say_so() {
    let client = Client::new();
    let charges = client.get("/v1/charges").await;
    assert_eq!(
        charges.body["error"]["message"],
        "Unrecognized request URL (GET: /v1/charges). If Stripe has it, the sandbox does not play it."
    );
    let deleted =
        client.send(Client::request("DELETE", SESSIONS, PREVIEW).body(Body::empty()).unwrap()).await;
    assert_eq!((charges.status.as_u16(), deleted.status.as_u16()), (404, 404));
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
    let id = first.header("request-id");
    assert_eq!((first.header("original-request"), again.header("original-request")), (id, id));
    assert_ne!(again.header("request-id"), id);
    assert_eq!(client.create(EXACT).await.header("original-request"), "", "without a key");
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
    let message = |answer: &Answer| answer.body["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message(&answer),
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using \
         a key other than 'attempt' if you meant to execute a different request."
    );
    let elsewhere = Client::request("POST", "/v1/customers", PREVIEW).header("idempotency-key", "attempt");
    let elsewhere = client.send(elsewhere.body(Body::empty()).unwrap()).await;
    assert_eq!(
        message(&elsewhere),
        "Keys for idempotent requests can only be used for the same endpoint they were first used for ('/v1/customers' \
         vs '/v1/financial_connections/sessions'). Try using a key other than 'attempt' if you meant to execute a \
         different request."
    );
    let long = create_with_key(&client, &"k".repeat(256), EXACT).await;
    assert_eq!(long.body["error"]["type"], "idempotency_error");
}

#[tokio::test]
async fn a_key_of_a_refused_call_can_be_used_again() {
    let client = Client::new();
    create_with_key(&client, "attempt", "permissions[]=nothing").await;
    assert_eq!(create_with_key(&client, "attempt", EXACT).await.status, 200);
}

#[tokio::test]
async fn unknown_parameters_are_all_named() {
    let client = Client::new();
    let one = client.create("permissions[]=balances&colour=red").await;
    assert_eq!(one.body["error"]["message"], "Received unknown parameter: colour");
    let two = client.create("permissions[]=balances&size=3&colour=red&colour=blue").await;
    assert_eq!(two.refusal(), "400 parameter_unknown colour");
    assert_eq!(two.body["error"]["message"], "Received unknown parameters: colour, size");
}

#[tokio::test]
async fn a_text_that_is_no_integer_has_its_code() {
    let client = Client::new();
    let answer = client.get(&format!("{ACCOUNTS}?limit=many")).await;
    assert_eq!(answer.refusal(), "400 parameter_invalid_integer limit");
    assert_eq!(answer.body["error"]["message"], "Invalid integer: many");
    let session = client.create(&EXACT.replace("limits[accounts]=1", "limits[accounts]=one")).await;
    assert_eq!(session.refusal(), "400 parameter_invalid_integer limits[accounts]");
}

#[tokio::test]
async fn missing_objects_have_stripes_names() {
    let client = Client::new();
    for (path, refusal, message) in [
        ("/v1/setup_intents/seti_x", "404 resource_missing intent", "No such setupintent: 'seti_x'"),
        ("/v1/payment_methods/pm_x", "404 resource_missing payment_method", "No such PaymentMethod: 'pm_x'"),
        ("/v1/customers/cus_x", "404 resource_missing id", "No such customer: 'cus_x'"),
    ] {
        let answer = client.get(path).await;
        assert_eq!((answer.refusal().as_str(), &answer.body["error"]["message"]), (refusal, &message.into()));
    }
}

#[tokio::test]
async fn metadata_is_emptied_at_once_and_limited() {
    let client = Client::new();
    let jenny = "/v1/customers/cus_SandboxJenny";
    client.submit(jenny, "metadata[a]=1&metadata[b]=2").await;
    let long = client.submit(jenny, &format!("metadata[a]={}", "x".repeat(501))).await;
    assert_eq!(long.refusal(), "400 - metadata[a]");
    assert_eq!(client.submit(jenny, "metadata=").await.body["metadata"], serde_json::json!({}));
    assert_eq!(client.submit(jenny, "metadata=x").await.refusal(), "400 - metadata");
}

//! Account details, for the customer and for the merchant's back end.

use relink_server::Options;
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::{active, broken};
use crate::support::{API_KEY, TestApp, now, signed, token};

fn with_key(options: Options) -> Options {
    Options { api_key: Some(SecretString::from(API_KEY)), ..options }
}

/// Returns an account with all fields set.
fn rich() -> Value {
    let mut account = active("fca_1", Some("cus_1"));
    let refresh = json!({"status": "succeeded", "last_attempted_at": 5, "next_refresh_available_at": 9});
    account["account_numbers"] = json!([{
        "expected_expiry_date": 1, "identifier_type": "tokenized_account_number", "status": "expired",
        "supported_networks": ["ach"]
    }]);
    account["balance"] = json!({"as_of": 5, "current": {"usd": 1200}, "type": "cash"});
    account["balance_refresh"] = refresh;
    account["ownership"] = json!("fcaowns_1");
    account["permissions"] = json!(["payment_method", "balances", "ownership", "transactions"]);
    account["subscriptions"] = json!(["transactions"]);
    account["transaction_refresh"] = json!({"id": "fctxnref_1", "status": "pending", "last_attempted_at": 7, "next_refresh_available_at": null});
    account
}

async fn shop() -> TestApp {
    let app = TestApp::with(with_key).await;
    app.stripe_has_account(rich());
    app
}

#[tokio::test]
async fn the_customer_sees_how_far_refreshes_and_numbers_are_and_no_data() {
    let app = shop().await;
    let answer = app.get("/api/accounts/fca_1", &token("cus_1")).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let body = answer.json();
    assert_eq!(body["id"], "fca_1");
    assert_eq!(body["condition"], "number_expired");
    assert_eq!(
        body["account_numbers"],
        json!([{"identifier_type": "tokenized_account_number", "status": "expired", "expected_expiry_date": 1}])
    );
    assert_eq!(
        body["refreshes"],
        json!({
            "balance": {"status": "succeeded", "last_attempted_at": 5, "next_refresh_available_at": 9},
            "ownership": null,
            "transactions": {"status": "pending", "last_attempted_at": 7, "next_refresh_available_at": null},
        })
    );
    assert_eq!(body["follow_up"], json!([]));
    for hidden in ["balance", "holder", "granted_permissions", "subscriptions"] {
        assert_eq!(body.get(hidden), None, "{hidden}");
    }
    assert!(!answer.text.contains("1200"));
}

#[tokio::test]
async fn the_back_end_sees_the_data_too() {
    let app = shop().await;
    let body = app.get("/api/accounts/fca_1", API_KEY).await.json();
    assert_eq!(body["condition"], "number_expired");
    assert_eq!(body["balance"]["current"]["usd"], 1200);
    assert_eq!(body["holder"], json!({"type": "customer", "id": "cus_1"}));
    assert_eq!(body["subscriptions"], json!(["transactions"]));
    assert_eq!(body["granted_permissions"].as_array().unwrap().len(), 4);
    assert_eq!(body["permissions"]["stays"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn owners_and_transactions_are_passed_on_to_the_back_end() {
    let app = shop().await;
    let owners = json!({"object": "list", "data": [{"name": "Jenny Rosen"}], "has_more": false});
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/accounts/fca_1/owners"))
        .and(query_param("ownership", "fcaowns_1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&owners))
        .mount(&app.stripe)
        .await;
    let transactions =
        json!({"object": "list", "data": [{"id": "fctxn_2", "amount": -100}], "has_more": true});
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/transactions"))
        .and(query_param("account", "fca_1"))
        .and(query_param("limit", "5"))
        .and(query_param("starting_after", "fctxn_1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(&transactions))
        .mount(&app.stripe)
        .await;
    assert_eq!(app.get("/api/accounts/fca_1/owners", API_KEY).await.json(), owners);
    let page = "/api/accounts/fca_1/transactions?limit=5&starting_after=fctxn_1";
    assert_eq!(app.get(page, API_KEY).await.json(), transactions);
    for query in
        ["limit=0", "limit=101", "limit=x", "starting_after=a%26b", "starting_after=", "account=fca_2"]
    {
        let answer = app.get(&format!("/api/accounts/fca_1/transactions?{query}"), API_KEY).await;
        assert_eq!(answer.problem(), (400, "invalid_request".to_owned()), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_shared_or_not_fetched_is_said_clearly() {
    let app = TestApp::with(with_key).await;
    let mut account = rich();
    account["permissions"] = json!(["payment_method", "balances"]);
    app.stripe_has_account(account.clone());
    for list in ["owners", "transactions"] {
        let answer = app.get(&format!("/api/accounts/fca_1/{list}"), API_KEY).await;
        assert_eq!(answer.problem(), (409, "not_shared".to_owned()), "{list}");
    }
    account["permissions"] = json!(["ownership", "transactions"]);
    account["ownership"] = Value::Null;
    app.stripe_has_account(account);
    let refusal = json!({"error": {"code": "financial_connections_no_successful_transaction_refresh"}});
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/transactions"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .mount(&app.stripe)
        .await;
    for list in ["owners", "transactions"] {
        let answer = app.get(&format!("/api/accounts/fca_1/{list}"), API_KEY).await;
        assert_eq!(answer.problem(), (409, "not_fetched".to_owned()), "{list}");
    }
}

#[tokio::test]
async fn no_customer_reads_data_and_the_back_ends_key_is_no_customers() {
    let app = shop().await;
    for list in ["owners", "transactions"] {
        for bearer in
            [token("cus_1"), token("cus_2"), String::new(), format!("{API_KEY}x"), API_KEY[1..].to_owned()]
        {
            let answer = app.get(&format!("/api/accounts/fca_1/{list}"), &bearer).await;
            assert_eq!(answer.problem(), (401, "signed_out".to_owned()), "{list}");
        }
    }
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), 0);
    assert_eq!(app.get("/api/accounts", API_KEY).await.status, 401);
    assert_eq!(app.begin(API_KEY, "fca_1").await.status, 401);
    assert_eq!(app.outcome(API_KEY, "fcsess_1", "finished").await.status, 401);
    assert_eq!(app.pay(API_KEY, "fcsess_1", "fca_1").await.status, 401);
    assert_eq!(app.keep(API_KEY, "fcsess_1").await.status, 401);
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn without_a_key_there_is_no_data_to_read() {
    let app = TestApp::start().await;
    app.stripe_has_account(rich());
    for list in ["owners", "transactions"] {
        for bearer in [API_KEY, "", &token("cus_1")] {
            let answer = app.get(&format!("/api/accounts/fca_1/{list}"), bearer).await;
            assert_eq!(answer.problem(), (404, "not_found".to_owned()), "{list}");
        }
    }
    assert_eq!(app.get("/api/accounts/fca_1", API_KEY).await.problem(), (401, "signed_out".to_owned()));
}

#[tokio::test]
async fn anothers_account_and_a_missing_one_are_the_same() {
    let app = shop().await;
    app.stripe_has_account(broken("fca_theirs", Some("cus_2")));
    let narrowed = signed(&json!({"sub": "cus_1", "exp": now() + 60, "accounts": ["fca_x"]}));
    for (bearer, account) in [
        (token("cus_1"), "fca_missing"),
        (token("cus_1"), "fca_theirs"),
        (token("cus_2"), "fca_1"),
        (narrowed, "fca_1"),
        (token("cus_1"), "cus_1"),
        (API_KEY.to_owned(), "fca_missing"),
    ] {
        let answer = app.get(&format!("/api/accounts/{account}"), &bearer).await;
        assert_eq!(answer.problem(), (404, "not_found".to_owned()), "{account}");
    }
}

#[tokio::test]
async fn what_else_a_relink_repairs_is_told_as_far_as_the_asker_may_see_it() {
    let app = TestApp::with(with_key).await;
    app.stripe_has(
        "/v1/financial_connections/authorizations/fcauth_1",
        json!({"id": "fcauth_1", "status": "active"}),
    )
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has_account(broken("fca_2", Some("cus_1")));
    let narrowed = signed(&json!({"sub": "cus_1", "exp": now() + 60, "accounts": ["fca_1"]}));
    for (bearer, expected) in
        [(token("cus_1"), json!(["fca_2"])), (API_KEY.to_owned(), json!(["fca_2"])), (narrowed, json!([]))]
    {
        assert_eq!(app.get("/api/accounts/fca_1", &bearer).await.json()["also_repairs"], expected);
    }
}

//! The overview.

use insta::assert_snapshot;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{TestApp, broken, now, session, signed, token};

#[tokio::test]
async fn the_customer_sees_their_accounts_with_what_is_true_of_each() {
    let app = TestApp::start().await;
    app.stripe_lists("cus_1", &[broken("fca_1", Some("cus_1"))]).await;
    let answer = app.get("/api/accounts", &token("cus_1")).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let mut body = answer.json();
    body["stripe_js"] = json!("address");
    assert_snapshot!(body, @r#"{"accounts":[{"condition":{"broken":{"cause":"access_expired"}},"display_name":"Everyday Checking","id":"fca_1","institution_name":"Alder Bank","last4":"6789","shares":["payment_method","balances"],"subcategory":"checking"}],"merchant":"Acme","stripe_js":"address","unfinished":null}"#);
}

#[tokio::test]
async fn every_page_of_stripes_list_is_read_and_what_is_not_the_customers_left_out() {
    let app = TestApp::start().await;
    let page = |after: Option<&'static str>, data: Value, has_more: bool| {
        let mock = Mock::given(method("GET")).and(path("/v1/financial_connections/accounts"));
        let mock = match after {
            Some(last) => mock.and(query_param("starting_after", last)),
            None => mock.and(wiremock::matchers::query_param_is_missing("starting_after")),
        };
        mock.respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"data": data, "has_more": has_more})),
        )
    };
    app.stripe
        .register(page(None, json!([broken("fca_1", Some("cus_1")), broken("fca_2", Some("cus_2"))]), true))
        .await;
    app.stripe.register(page(Some("fca_2"), json!([broken("fca_3", Some("cus_1"))]), false)).await;
    app.stripe_has_account(broken("fca_4", None)).await;
    let ids = |body: Value| -> Vec<String> {
        body["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(app.get("/api/accounts", &token("cus_1")).await.json()), ["fca_1", "fca_3"]);
    let claims = json!({"sub": "cus_1", "exp": now() + 60, "accounts": ["fca_3", "fca_4", "fca_5", "fca_2"]});
    assert_eq!(ids(app.get("/api/accounts", &signed(&claims)).await.json()), ["fca_3", "fca_4"]);
}

#[tokio::test]
async fn a_general_version_is_called_misconfigured_and_the_log_says_how_to_mend_it() {
    let app = TestApp::start().await;
    let mut general = broken("fca_1", Some("cus_1"));
    general.as_object_mut().unwrap().remove("authorization");
    app.stripe_lists("cus_1", &[general]).await;
    assert_eq!(app.get("/api/accounts", &token("cus_1")).await.problem(), (500, "misconfigured".to_owned()));
    assert!(app.log().contains("set STRIPE_VERSION, for example to 2026-09-30.preview"));
}

#[tokio::test]
async fn an_interrupted_attempt_is_offered_to_its_own_sign_in_session_until_it_is_settled() {
    let app = TestApp::start().await;
    app.stripe_lists("cus_1", &[broken("fca_1", Some("cus_1"))]).await;
    app.stripe_has_account(broken("fca_1", Some("cus_1"))).await;
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", session("fcsess_1", "fca_1", &Value::Null))
        .await;
    let mine = token("cus_1");
    app.begin(&mine, "fca_1").await;
    let unfinished = async |token: &str| app.get("/api/accounts", token).await.json()["unfinished"].clone();
    let expected = json!({"session": "fcsess_1", "account": "fca_1", "reported": "unknown"});
    assert_eq!(unfinished(&mine).await, expected);
    let elsewhere = signed(&json!({"sub": "cus_1", "sid": "s2", "exp": now() + 60}));
    assert_eq!(unfinished(&elsewhere).await, Value::Null);
    assert_eq!(app.outcome(&mine, "fcsess_1", "unknown").await.json(), json!("pending"));
    assert_eq!(unfinished(&mine).await, expected);
    assert_eq!(app.outcome(&mine, "fcsess_1", "closed").await.json(), json!("cancelled"));
    assert_eq!(unfinished(&mine).await, Value::Null);
}

//! The list of a customer's accounts.

use insta::assert_snapshot;
use relink_server::Options;
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::objects::{active, broken, session};
use crate::support::{TestApp, now, signed, token};

#[tokio::test]
async fn the_customer_sees_their_accounts_with_what_is_true_of_each() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let answer = app.get("/api/accounts", &token("cus_1")).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let mut body = answer.json();
    body["stripe_js"] = json!("address");
    assert_snapshot!(body, @r#"{"accounts":[{"also_repairs":[],"condition":{"broken":{"cause":"access_expired"}},"display_name":"Everyday Checking","id":"fca_1","institution_name":"Alder Bank","last4":"6789","permissions":{"goes":[],"new":[],"stays":["payment_method","balances"]},"subcategory":"checking"}],"allows_another":true,"exact":true,"help_url":null,"merchant":"Acme","own_page":false,"purpose":"payments","stripe_js":"address","unfinished":null,"version":"1-1"}"#);
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
    app.stripe_has_account(broken("fca_4", None));
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
    app.stripe_has_account(general);
    assert_eq!(app.get("/api/accounts", &token("cus_1")).await.problem(), (500, "misconfigured".to_owned()));
    assert!(app.log().contains("set STRIPE_VERSION, for example to 2026-09-30.preview"));
}

#[tokio::test]
async fn an_interrupted_attempt_is_offered_to_its_own_sign_in_session_until_it_is_settled() {
    let app = TestApp::start().await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    app.stripe_makes(session("fcsess_1", "fca_1", &Value::Null)).await;
    app.stripe_has("/v1/financial_connections/sessions/fcsess_1", session("fcsess_1", "fca_1", &Value::Null))
        .await;
    let mine = token("cus_1");
    app.begin(&mine, "fca_1").await;
    let unfinished = async |token: &str| app.get("/api/accounts", token).await.json()["unfinished"].clone();
    let expected =
        json!({"session": "fcsess_1", "account": "fca_1", "choice": "repair", "reported": "unknown"});
    assert_eq!(unfinished(&mine).await, expected);
    let elsewhere = signed(&json!({"sub": "cus_1", "sid": "s2", "exp": now() + 60}));
    assert_eq!(unfinished(&elsewhere).await, Value::Null);
    assert_eq!(app.outcome(&mine, "fcsess_1", "unknown").await.json(), json!("pending"));
    assert_eq!(unfinished(&mine).await, expected);
    assert_eq!(app.outcome(&mine, "fcsess_1", "closed").await.json(), json!("cancelled"));
    assert_eq!(unfinished(&mine).await, Value::Null);
}

#[tokio::test]
async fn what_is_asked_for_comes_from_the_settings_as_the_token_narrows_them() {
    let app = TestApp::with(|options| Options {
        purpose: "payments,data".to_owned(),
        permissions: Some("balances,transactions".to_owned()),
        any_account: true,
        help_url: Some("mailto:help@acme.example".to_owned()),
        ..options
    })
    .await;
    app.stripe_has_account(broken("fca_1", Some("cus_1")));
    let change = |new: Value, stays: Value, goes: Value| json!({"new": new, "stays": stays, "goes": goes});
    for (claims, purpose, exact, allows_another, permissions) in [
        (
            json!({}),
            "payments",
            false,
            true,
            change(json!(["transactions"]), json!(["balances", "payment_method"]), json!([])),
        ),
        (
            json!({"any_account": false}),
            "payments",
            true,
            false,
            change(json!(["transactions"]), json!(["balances", "payment_method"]), json!([])),
        ),
        (
            json!({"permissions": ["balances"]}),
            "payments",
            false,
            true,
            change(json!([]), json!(["balances", "payment_method"]), json!([])),
        ),
        (
            json!({"purpose": "data"}),
            "data",
            false,
            true,
            change(json!(["transactions"]), json!(["balances"]), json!(["payment_method"])),
        ),
    ] {
        let mut token = json!({"sub": "cus_1", "exp": now() + 60});
        token.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let body = app.get("/api/accounts", &signed(&token)).await.json();
        assert_eq!(body["help_url"], "mailto:help@acme.example");
        assert_eq!(
            [&body["purpose"], &body["exact"], &body["allows_another"], &body["accounts"][0]["permissions"]],
            [&json!(purpose), &json!(exact), &json!(allows_another), &permissions],
            "{claims}"
        );
    }
}

#[tokio::test]
async fn a_token_that_asks_for_more_is_signed_out_and_the_log_names_the_claim() {
    let app = TestApp::start().await;
    for (claim, value) in
        [("purpose", json!("data")), ("permissions", json!(["everything"])), ("any_account", json!(true))]
    {
        let answer = app
            .get("/api/accounts", &signed(&json!({"sub": "cus_1", "exp": now() + 60, claim: value})))
            .await;
        assert_eq!(answer.problem(), (401, "signed_out".to_owned()), "{claim}");
        assert!(app.log().contains(&format!("claim `{claim}`")), "{claim}");
    }
    assert_eq!(app.stripe.received_requests().await.unwrap().len(), 0);
}

/// Lists two broken accounts and a healthy one of one bank login, and a broken one of another. `login` is Stripe's
/// response for the first bank login.
async fn also_repaired(login: ResponseTemplate) -> (Value, usize) {
    let app = TestApp::start().await;
    for id in ["fca_1", "fca_2"] {
        app.stripe_has_account(broken(id, Some("cus_1")));
    }
    app.stripe_has_account(active("fca_3", Some("cus_1")));
    let mut alone = broken("fca_4", Some("cus_1"));
    alone["authorization"] = json!("fcauth_2");
    app.stripe_has_account(alone);
    Mock::given(method("GET"))
        .and(path("/v1/financial_connections/authorizations/fcauth_1"))
        .respond_with(login)
        .mount(&app.stripe)
        .await;
    let answer = app.get("/api/accounts", &token("cus_1")).await;
    assert_eq!(answer.status, 200);
    let also = answer.json()["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["also_repairs"].clone())
        .collect();
    let requests = app.stripe.received_requests().await.unwrap();
    (also, requests.iter().filter(|request| request.url.path().contains("authorizations")).count())
}

#[tokio::test]
async fn a_relink_is_said_to_repair_others_only_if_stripe_says_that_the_login_can_be_repaired() {
    let login = |status: &str, action: &str| {
        let details = json!({"inactive": {"action": action}});
        ResponseTemplate::new(200)
            .set_body_json(json!({"id": "fcauth_1", "status": status, "status_details": details}))
    };
    let nothing = json!([[], [], [], []]);
    let both = json!([["fca_2"], ["fca_1"], [], []]);
    assert_eq!(also_repaired(login("inactive", "relink_required")).await, (both.clone(), 1));
    assert_eq!(also_repaired(login("active", "none")).await, (both, 1));
    assert_eq!(also_repaired(login("inactive", "none")).await, (nothing.clone(), 1));
    assert_eq!(also_repaired(login("hibernating", "relink_required")).await, (nothing.clone(), 1));
    assert_eq!(also_repaired(ResponseTemplate::new(404)).await, (nothing, 1));
}

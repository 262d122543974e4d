//! The audit trail, as the merchant's back end reads it.

use relink_server::Options;
use serde_json::{Value, json};

use crate::objects::{active, told};
use crate::payment_method::{added, lenient, stripe_agrees};
use crate::support::{API_KEY, TestApp, request, token};

fn with_key(options: Options) -> Options {
    Options { api_key: Some(API_KEY.into()), ..lenient(options) }
}

async fn trail(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.get(&format!("/api/audit?{query}"), API_KEY).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    let list = answer.json();
    assert_eq!(list["object"], "list");
    list["data"].as_array().unwrap().clone()
}

fn actions(trail: &[Value]) -> Vec<&str> {
    trail.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_mandate_can_be_shown_years_later() {
    let app = TestApp::with(with_key).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    stripe_agrees(&app).await;
    let outcome = app.outcome(&mine, "fcsess_1", "finished").await.json();
    let body = json!({"account": "fca_new"});
    let path = "/api/sessions/fcsess_1/payment-method";
    let mut click = request(reqwest::Method::POST, path, &mine, Some(&body));
    click.headers_mut().insert("user-agent", "Browser/1".parse().unwrap());
    assert_eq!(app.send(click).await.status, 204);

    let about = trail(&app, "subject=fcsess_1").await;
    assert_eq!(
        actions(&about),
        ["payment_method.made", "mandate.accepted", "relink.settled", "relink.started"]
    );
    for entry in &about {
        assert_eq!(entry["actor"], json!({"type": "customer", "customer": "cus_1", "sign_in": "s1"}));
        assert_eq!((&entry["customer"], &entry["session"]), (&json!("cus_1"), &json!("fcsess_1")));
    }
    let [made, accepted, settled, started] = about.as_slice() else { panic!("{about:?}") };
    assert_eq!(accepted["account"], "fca_new");
    let detail = &accepted["detail"];
    assert_eq!(detail["mandate"], outcome["new_account"]["mandate"]);
    assert!(detail["mandate"].as_str().unwrap().contains("Alder Bank ••4421"));
    assert_eq!(
        ["ip_address", "user_agent", "name", "replaces"].map(|name| &detail[name]),
        ["192.0.2.1", "Browser/1", "Jenny Rosen", "fca_1"]
    );
    assert_eq!(
        made["detail"],
        json!({"payment_method": "pm_1", "setup_intent": "seti_1", "replaces": "fca_1"})
    );
    assert_eq!(
        (&settled["detail"]["outcome"], &settled["detail"]["added"]),
        (&json!("new_account"), &json!(["fca_new"]))
    );
    assert_eq!(started["detail"]["choice"], "repair");
    assert_eq!(actions(&trail(&app, "subject=fca_new").await), ["payment_method.made", "mandate.accepted"]);
    assert_eq!(trail(&app, "subject=cus_1").await.len(), 4);
    assert_eq!(trail(&app, "subject=cus_2").await, [Value::Null; 0]);
}

#[tokio::test]
async fn what_is_asked_again_is_entered_once() {
    let app = TestApp::with(with_key).await;
    let mine = token("cus_1");
    added(&app, &mine).await;
    for _ in 0..2 {
        assert_eq!(
            told(&app.outcome(&mine, "fcsess_1", "finished").await.json()),
            "new_account:  | fca_new | fca_1"
        );
        assert_eq!(app.keep(&mine, "fcsess_1").await.status, 204);
    }
    assert_eq!(actions(&trail(&app, "").await), ["payments.kept", "relink.settled", "relink.started"]);
}

#[tokio::test]
async fn what_the_back_end_reads_is_entered_and_what_the_customer_reads_is_not() {
    let app = TestApp::with(with_key).await;
    let mut account = active("fca_1", Some("cus_1"));
    account["permissions"] = json!(["ownership", "transactions"]);
    account["ownership"] = json!("fcaowns_1");
    app.stripe_has_account(account);
    let list = json!({"object": "list", "data": [], "has_more": false});
    app.stripe_has("/v1/financial_connections/accounts/fca_1/owners", list.clone()).await;
    app.stripe_has("/v1/financial_connections/transactions", list).await;
    assert_eq!(app.get("/api/accounts/fca_1", &token("cus_1")).await.status, 200);
    assert_eq!(app.get("/api/accounts/fca_2", API_KEY).await.status, 404);
    for path in ["", "/owners", "/transactions"] {
        let answer = app.get(&format!("/api/accounts/fca_1{path}"), API_KEY).await;
        assert_eq!(answer.status, 200, "{path} {}", answer.text);
    }
    let read = trail(&app, "subject=fca_1").await;
    assert_eq!(actions(&read), ["transactions.read", "owners.read", "account.read"]);
    for entry in &read {
        assert_eq!(entry["actor"], json!({"type": "back_end"}));
        assert_eq!((&entry["customer"], &entry["session"]), (&json!("cus_1"), &Value::Null));
    }
    // Without an audit entry, nothing is read.
    app.database.run("ALTER TABLE audit RENAME TO elsewhere").await;
    for path in ["", "/owners", "/transactions"] {
        let answer = app.get(&format!("/api/accounts/fca_1{path}"), API_KEY).await;
        assert_eq!(answer.problem(), (503, "store_unavailable".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn pages_go_from_the_newest_to_the_oldest_and_stay_when_more_is_entered() {
    let app = TestApp::with(with_key).await;
    app.stripe_has_account(active("fca_1", Some("cus_1")));
    let read = async || assert_eq!(app.get("/api/accounts/fca_1", API_KEY).await.status, 200);
    for _ in 0..5 {
        read().await;
    }
    let all: Vec<Value> = trail(&app, "limit=100").await.iter().map(|entry| entry["id"].clone()).collect();
    let (mut seen, mut last): (Vec<Value>, String) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/api/audit?subject=fca_1&limit=2{last}"), API_KEY).await.json();
        let entries = page["data"].as_array().unwrap();
        seen.extend(entries.iter().map(|entry| entry["id"].clone()));
        last = format!("&starting_after={}", seen.last().unwrap().as_str().unwrap());
        read().await;
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!((seen.len(), seen), (5, all));
}

#[tokio::test]
async fn only_the_back_end_reads_the_trail_and_only_as_it_is_meant() {
    let app = TestApp::with(with_key).await;
    for bearer in ["", "canary", &token("cus_1")] {
        assert_eq!(app.get("/api/audit", bearer).await.problem(), (401, "signed_out".to_owned()));
    }
    for query in ["limit=0", "limit=101", "limit=x", "subject=x", "subject=", "starting_after=%27", "state=x"]
    {
        let answer = app.get(&format!("/api/audit?{query}"), API_KEY).await;
        assert_eq!(answer.problem(), (400, "invalid_request".to_owned()), "{query}");
    }
    let app = TestApp::start().await;
    assert_eq!(app.get("/api/audit", API_KEY).await.problem(), (404, "not_found".to_owned()));
}

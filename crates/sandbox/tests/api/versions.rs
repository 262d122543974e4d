//! API versions: relink exists on preview versions only.

use axum::body::Body;

use crate::client::{ACCOUNTS, Client, EXACT, JENNY, SESSIONS};

const GA: &str = "2026-10-28.endive";

async fn create(client: &Client, version: &str, form: &str) -> crate::client::Answer {
    client.send(Client::request("POST", SESSIONS, version).body(Body::from(form.to_owned())).unwrap()).await
}

#[tokio::test]
async fn on_a_ga_version_relink_options_are_unknown() {
    let refused = create(&Client::new(), GA, EXACT).await;
    assert_eq!(refused.refusal(), "400 parameter_unknown relink_options");
    assert_eq!(refused.body["error"]["message"], "Received unknown parameter: relink_options");
}

#[tokio::test]
async fn on_a_ga_version_a_session_has_no_outcome_fields() {
    let client = Client::new();
    let session = create(&client, GA, &format!("{JENNY}&permissions[]=balances")).await.body;
    for absent in ["relink_options", "relink_result", "status", "status_details", "ui_mode", "url"] {
        assert!(session.get(absent).is_none(), "{absent}");
    }
    let (id, secret) = client.session(EXACT).await;
    client.choose(&secret, "6789").await;
    let read = client.get_as(&format!("{SESSIONS}/{id}"), GA).await.body;
    assert!(
        read.get("relink_result").is_none() && read["accounts"]["data"][0].get("authorization").is_none()
    );
}

#[tokio::test]
async fn on_a_ga_version_an_account_hides_why_it_is_inactive() {
    let account = Client::new().get_as(&format!("{ACCOUNTS}/fca_AlderChecking6789"), GA).await.body;
    assert_eq!(account["status"], "inactive");
    assert_eq!(account["status_details"], serde_json::json!({}));
    assert!(account.get("authorization").is_none() && account.get("institution").is_none());
}

#[tokio::test]
async fn on_a_ga_version_an_account_holder_is_required() {
    let refused = create(&Client::new(), GA, "permissions[]=balances").await;
    assert_eq!(refused.refusal(), "400 parameter_missing account_holder");
}

#[tokio::test]
async fn on_a_ga_version_authorizations_and_institutions_do_not_exist() {
    let client = Client::new();
    for path in ["authorizations/fcauth_AlderJenny", "institutions/fcinst_AlderBank", "institutions"] {
        let path = format!("/v1/financial_connections/{path}");
        assert_eq!(client.get_as(&path, "2025-12-15.preview").await.refusal(), "404 - -");
        let answer = client.get_as(&path, GA).await;
        assert_eq!(answer.body["error"]["message"], format!("Unrecognized request URL (GET: {path})."));
    }
}

#[tokio::test]
async fn without_the_header_a_call_gets_a_ga_version() {
    let request = axum::http::Request::get(format!("{ACCOUNTS}/fca_AlderChecking6789"));
    let request = request.header("authorization", "Bearer sk_test_sandbox").body(Body::empty()).unwrap();
    assert!(Client::new().send(request).await.body.get("authorization").is_none());
}

#[tokio::test]
async fn a_version_that_is_none_is_refused() {
    assert_eq!(Client::new().get_as(ACCOUNTS, "newest").await.refusal(), "400 - -");
}

#[tokio::test]
async fn newer_versions_take_one_country() {
    let client = Client::new();
    let form = |name: &str| format!("{JENNY}&permissions[]=balances&filters[{name}]=US");
    for (version, name, other) in [
        ("2026-08-26.preview", "countries][", "country"),
        ("2026-09-30.preview", "country", "countries]["),
        (GA, "country", "countries]["),
    ] {
        let made = create(&client, version, &form(name)).await;
        assert_eq!(made.body["filters"]["country"], "US", "{version}");
        assert_eq!(
            made.body["filters"].get("countries").is_some(),
            name.starts_with("countries"),
            "{version}"
        );
        let refused = create(&client, version, &form(other)).await;
        assert!(refused.refusal().starts_with("400 parameter_unknown filters["), "{version}");
    }
}

//! API versions: relink exists on preview versions only.

use axum::body::Body;
use serde_json::{Value, json};

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
    let authorization = "/v1/financial_connections/authorizations/fcauth_AlderJenny";
    assert_eq!(client.get_as(authorization, "2025-12-15.preview").await.refusal(), "404 - -");
    for path in ["authorizations/fcauth_AlderJenny", "institutions/fcinst_AlderBank", "institutions"] {
        let path = format!("/v1/financial_connections/{path}");
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
async fn a_version_that_stripe_never_published_is_refused_in_stripes_words() {
    let client = Client::new();
    for name in
        ["newest", "2026-09-31.preview", "2099-01-01.preview", "2026-09-30.dahlia", "2026-12-16.preview"]
    {
        let answer = client.get_as(ACCOUNTS, name).await;
        assert_eq!(answer.refusal(), "400 - -");
        assert_eq!(answer.body["error"]["message"], format!("Invalid Stripe API version: {name}"));
        assert_eq!(answer.header("stripe-version"), GA, "the account's version");
    }
}

#[tokio::test]
async fn a_switch_admits_versions_that_came_later() {
    let client = Client::new();
    client.set(json!({ "newer_versions": true })).await;
    let answer = client.get_as(&format!("{ACCOUNTS}/fca_AlderChecking6789"), "2026-12-16.preview").await;
    assert_eq!(answer.body["authorization"], "fcauth_AlderJenny");
    assert_eq!(answer.header("stripe-version"), "2026-12-16.preview");
    assert_eq!(client.get_as(ACCOUNTS, "2026-09-31.preview").await.status, 400);
}

#[tokio::test]
async fn switches_take_only_versions_that_exist() {
    let client = Client::new();
    let settings = client.post("/_sandbox/settings", json!({ "event_version": "2026-09-31.preview" })).await;
    assert_eq!(settings.refusal(), "400 - event_version");
    let webhooks = client.post("/_sandbox/webhooks", json!({ "api_version": "2026-09-31.preview" })).await;
    assert_eq!(webhooks.refusal(), "400 - api_version");
}

#[tokio::test]
async fn newer_versions_take_one_country() {
    let client = Client::new();
    let form = |name: &str| format!("{JENNY}&permissions[]=balances&filters[{name}]=US");
    for (version, name, other) in [
        ("2026-07-29.preview", "countries][", "country"),
        ("2026-08-26.preview", "countries][", "country"),
        ("2026-09-30.preview", "country", "countries]["),
        (GA, "country", "countries]["),
    ] {
        let made = create(&client, version, &form(name)).await;
        let shows_country = version != "2026-07-29.preview";
        assert_eq!(made.body["filters"]["country"] == "US", shows_country, "{version}");
        assert_eq!(
            made.body["filters"].get("countries").is_some(),
            name.starts_with("countries"),
            "{version}"
        );
        let refused = create(&client, version, &form(other)).await;
        assert!(refused.refusal().starts_with("400 parameter_unknown filters["), "{version}");
    }
}

/// Returns the names of the fields at every depth that the first value has and the second lacks.
fn lost(full: &Value, path: &str, value: &Value) -> Vec<String> {
    let Some(fields) = full.as_object() else { return Vec::new() };
    let named = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
    let lost = |(name, inner): (&String, &Value)| match value.get(name) {
        None => vec![named(name)],
        Some(kept) => lost(inner, &named(name), kept),
    };
    fields.iter().flat_map(lost).collect()
}

#[tokio::test]
async fn a_subscription_has_the_fields_of_its_version() {
    let client = Client::new();
    let made = client.submit("/v1/subscriptions", "customer=cus_SandboxJenny&items[0][price]=price_1").await;
    let path = format!("/v1/subscriptions/{}", made.body["id"].as_str().unwrap());
    let full = client.get_as(&path, "2026-09-30.preview").await.body;
    let texts = ["custom_fields", "description", "footer"].map(|name| format!("invoice_settings.{name}"));
    let mut expected = Vec::new();
    for (version, lacks) in [
        (GA, vec![]),
        ("2026-07-29.preview", vec!["cancellation_details.feedback_option"]),
        // Previews had them before.
        ("2026-07-29.dahlia", vec!["trial_settings.end_behavior.billing_cycle_anchor"]),
        ("2026-05-27.dahlia", texts.iter().map(String::as_str).collect()),
        ("2026-04-22.dahlia", vec!["billing_schedules"]),
        ("2026-03-25.dahlia", vec!["managed_payments"]),
    ] {
        expected.extend(lacks);
        expected.sort_unstable();
        assert_eq!(lost(&full, "", &client.get_as(&path, version).await.body), expected, "{version}");
    }
}

#[tokio::test]
async fn a_session_has_the_fields_of_its_version() {
    let client = Client::new();
    let form = format!("{EXACT}&manual_entry[mode]=custom&filters[require_payment_method_support]=all");
    let (id, secret) = client.session(&form).await;
    client.choose(&secret, "6789").await;
    let full = client.read_session(&id).await;
    let mut lines = Vec::new();
    for version in [
        "2025-12-15.preview",
        "2026-01-28.preview",
        "2026-05-27.preview",
        "2026-07-29.preview",
        "2026-06-24.dahlia",
        "2026-07-29.dahlia",
        GA,
    ] {
        let session = client.get_as(&format!("{SESSIONS}/{id}"), version).await.body;
        lines.push(format!("{version}: {}", lost(&full, "", &session).join(" ")));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    2025-12-15.preview: filters.country filters.require_payment_method_support manual_entry.mode relink_options relink_result ui_mode url
    2026-01-28.preview: filters.country filters.require_payment_method_support manual_entry.mode ui_mode url
    2026-05-27.preview: filters.country filters.require_payment_method_support manual_entry.mode
    2026-07-29.preview: filters.country
    2026-06-24.dahlia: filters.country filters.require_payment_method_support limits manual_entry relink_options relink_result status status_details ui_mode url
    2026-07-29.dahlia: filters.country manual_entry.mode relink_options relink_result status status_details ui_mode url
    2026-10-28.endive: manual_entry.mode relink_options relink_result status status_details ui_mode url
    ");
}

#[tokio::test]
async fn an_authorization_in_an_event_has_the_fields_of_the_readers_version() {
    let client = Client::new();
    let date = crate::client::NOW + 90 * crate::client::DAY;
    let notice = json!({ "expected_deactivation_date": date });
    client.post("/_sandbox/accounts/fca_CopperfieldSavings4421", notice).await;
    let read = async |version: &str| {
        let list = client.get_as("/v1/events?type=financial_connections.authorization.*", version).await.body;
        list["data"][0]["data"]["object"].clone()
    };
    let full = read("2026-09-30.preview").await;
    assert_eq!(full["institution"], "fcinst_Copperfield");
    assert_eq!(lost(&full, "", &read("2026-07-29.preview").await), [""; 0]);
    assert_eq!(lost(&full, "", &read("2026-07-29.dahlia").await), ["account_holder", "institution"]);
}

#[tokio::test]
async fn parameters_of_sessions_belong_to_their_versions() {
    let client = Client::new();
    let form = |more: &str| format!("{JENNY}&permissions[]=balances&{more}");
    for (version, more, refusal) in [
        ("2026-06-24.dahlia", "limits[accounts]=1", "400 parameter_unknown limits"),
        ("2026-07-29.dahlia", "limits[accounts]=1", "200 - -"),
        ("2026-06-24.preview", "limits[accounts]=1", "200 - -"),
        ("2026-06-24.preview", "manual_entry[mode]=disabled", "400 - manual_entry[mode]"),
        ("2026-07-29.preview", "manual_entry[mode]=disabled", "200 - -"),
        (GA, "manual_entry[mode]=custom", "400 - manual_entry[mode]"),
    ] {
        assert_eq!(create(&client, version, &form(more)).await.refusal(), refusal, "{version} {more}");
    }
}

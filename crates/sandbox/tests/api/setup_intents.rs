//! `/v1/setup_intents`

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Answer, Client, PREVIEW};

const INTENTS: &str = "/v1/setup_intents";
const FIRST: &str = "/v1/setup_intents/seti_Sandbox0001";
const CONFIRM: &str = "/v1/setup_intents/seti_Sandbox0001/confirm";
const MANDATE: &str = "mandate_data[customer_acceptance][type]=online\
    &mandate_data[customer_acceptance][accepted_at]=1795000000\
    &mandate_data[customer_acceptance][online][ip_address]=203.0.113.9\
    &mandate_data[customer_acceptance][online][user_agent]=Browser/1";

/// Form for a setup intent to which Jenny agrees, with her first payment method.
fn agreed() -> String {
    format!(
        "customer=cus_SandboxJenny&payment_method=pm_Sandbox0001&confirm=true&usage=off_session\
        &allowed_payment_method_types[]=us_bank_account&{MANDATE}"
    )
}

/// Creates a client with a payment method that is not attached yet.
async fn ready() -> Client {
    let client = Client::new();
    client.payment_method().await;
    client
}

fn outcome(answer: &Answer) -> String {
    let (error, body) = (&answer.body["error"], &answer.body);
    let intent = if error.is_null() { body } else { &error["setup_intent"] };
    let (last, next) = (&intent["last_setup_error"]["code"], &intent["next_action"]["type"]);
    format!(
        "{} {} {} pm={} mandate={} last={last} next={next}",
        answer.status.as_u16(),
        error["code"],
        intent["status"],
        intent["payment_method"],
        intent["mandate"]
    )
}

#[tokio::test]
async fn an_agreement_succeeds_at_once_and_attaches_the_payment_method() {
    let client = ready().await;
    let intent = client.submit(INTENTS, &agreed()).await.body;
    assert_snapshot!(format!("{intent:#}"), @r#"
    {
      "allowed_payment_method_types": [
        "us_bank_account"
      ],
      "application": null,
      "automatic_payment_methods": null,
      "cancellation_reason": null,
      "client_secret": "seti_Sandbox0001_secret_Sandbox",
      "created": 1795000000,
      "customer": "cus_SandboxJenny",
      "customer_account": null,
      "description": null,
      "excluded_payment_method_types": null,
      "id": "seti_Sandbox0001",
      "last_setup_error": null,
      "latest_attempt": null,
      "livemode": false,
      "mandate": "mandate_Sandbox0001",
      "metadata": {},
      "next_action": null,
      "object": "setup_intent",
      "on_behalf_of": null,
      "payment_method": "pm_Sandbox0001",
      "payment_method_configuration_details": null,
      "payment_method_options": null,
      "payment_method_types": [
        "us_bank_account"
      ],
      "single_use_mandate": null,
      "status": "succeeded",
      "usage": "off_session"
    }
    "#);
    assert_eq!(client.get(FIRST).await.body, intent);
    let method = client.get("/v1/payment_methods/pm_Sandbox0001").await.body;
    assert_eq!(method["customer"], "cus_SandboxJenny");
    let mandate = client.get("/v1/mandates/mandate_Sandbox0001").await.body;
    assert_snapshot!(mandate["customer_acceptance"], @r#"{"accepted_at":1795000000,"online":{"ip_address":"203.0.113.9","user_agent":"Browser/1"},"type":"online"}"#);
}

#[tokio::test]
async fn a_setup_intent_passes_every_status() {
    let client = ready().await;
    let mut steps = vec![outcome(&client.submit(INTENTS, "customer=cus_SandboxJenny").await)];
    steps.push(outcome(&client.submit(CONFIRM, &format!("payment_method=pm_Sandbox0001&{MANDATE}")).await));
    steps.push(outcome(&client.submit(CONFIRM, MANDATE).await));
    steps.push(outcome(&client.submit(&format!("{FIRST}/cancel"), "").await));
    steps.push(outcome(&client.submit(INTENTS, "payment_method=pm_Sandbox0001").await));
    let cancel = "/v1/setup_intents/seti_Sandbox0002/cancel";
    steps.push(outcome(&client.submit(cancel, "cancellation_reason=abandoned").await));
    assert_snapshot!(steps.join("\n"), @r#"
    200 null "requires_payment_method" pm=null mandate=null last=null next=null
    200 null "succeeded" pm="pm_Sandbox0001" mandate="mandate_Sandbox0001" last=null next=null
    400 "setup_intent_unexpected_state" "succeeded" pm="pm_Sandbox0001" mandate="mandate_Sandbox0001" last=null next=null
    400 "setup_intent_unexpected_state" "succeeded" pm="pm_Sandbox0001" mandate="mandate_Sandbox0001" last=null next=null
    200 null "requires_confirmation" pm="pm_Sandbox0001" mandate=null last=null next=null
    200 null "canceled" pm="pm_Sandbox0001" mandate=null last=null next=null
    "#);
}

#[tokio::test]
async fn without_a_full_mandate_nothing_is_confirmed_and_nothing_is_made() {
    let client = ready().await;
    let without = |part: &str| agreed().replace(part, "");
    let table = [
        (without(&format!("&{MANDATE}")), "400 parameter_missing mandate_data"),
        (
            without("&mandate_data[customer_acceptance][online][ip_address]=203.0.113.9"),
            "400 parameter_missing mandate_data[customer_acceptance][online][ip_address]",
        ),
        (
            without("&mandate_data[customer_acceptance][online][user_agent]=Browser/1"),
            "400 parameter_missing mandate_data[customer_acceptance][online][user_agent]",
        ),
        (without("&payment_method=pm_Sandbox0001"), "400 parameter_missing payment_method"),
        (agreed().replace("confirm=true", "confirm=false"), "400 - mandate_data"),
        (agreed().replace("pm_Sandbox0001", "pm_x"), "400 resource_missing payment_method"),
        (agreed().replace("cus_SandboxJenny", "jenny"), "400 resource_missing customer"),
        (format!("{}&colour=red", agreed()), "400 parameter_unknown colour"),
    ];
    for (form, refusal) in table {
        assert_eq!(client.submit(INTENTS, &form).await.refusal(), refusal, "{form}");
    }
    assert_eq!(client.get("/_sandbox/state").await.body["setup_intents"], json!([]));
}

#[tokio::test]
async fn a_payment_method_of_somebody_else_or_of_a_broken_account_is_refused() {
    let client = ready().await;
    let broken = json!({ "status": "inactive" });
    client.post("/_sandbox/accounts/fca_CopperfieldSavings4421", broken).await;
    let refused = client.submit(INTENTS, &agreed()).await;
    assert_eq!(refused.refusal(), "400 financial_connections_account_inactive payment_method");
    client.post("/_sandbox/accounts/fca_CopperfieldSavings4421", json!({ "status": "active" })).await;
    client.submit("/v1/payment_methods/pm_Sandbox0001/attach", "customer=cus_SandboxOther").await;
    assert_eq!(client.submit(INTENTS, &agreed()).await.refusal(), "400 - payment_method");
}

#[tokio::test]
async fn a_declined_one_can_be_confirmed_with_another_payment_method() {
    let client = ready().await;
    client.set(json!({ "decline_setup_intents": true })).await;
    let declined = client.submit(INTENTS, &agreed()).await;
    assert_eq!(declined.body["error"]["type"], "card_error");
    let mut steps = vec![outcome(&declined)];
    client.set(json!({ "decline_setup_intents": false })).await;
    steps.push(outcome(&client.get(FIRST).await));
    client.payment_method().await;
    steps.push(outcome(&client.submit(CONFIRM, &format!("payment_method=pm_Sandbox0002&{MANDATE}")).await));
    assert_snapshot!(steps.join("\n"), @r#"
    402 "setup_intent_authentication_failure" "requires_payment_method" pm=null mandate=null last="setup_intent_authentication_failure" next=null
    200 null "requires_payment_method" pm=null mandate=null last="setup_intent_authentication_failure" next=null
    200 null "succeeded" pm="pm_Sandbox0002" mandate="mandate_Sandbox0001" last=null next=null
    "#);
    let first = client.get("/v1/payment_methods/pm_Sandbox0001").await.body;
    assert_eq!(first["customer"], Value::Null);
}

#[tokio::test]
async fn a_repeated_key_is_declined_again_and_makes_nothing_new() {
    let client = ready().await;
    client.set(json!({ "decline_setup_intents": true })).await;
    let create = async || {
        let request = Client::request("POST", INTENTS, PREVIEW).header("idempotency-key", "once");
        client.send(request.body(agreed().into()).unwrap()).await
    };
    let first = create().await;
    client.set(json!({ "decline_setup_intents": false })).await;
    let again = create().await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn a_setup_intent_can_require_an_action() {
    let client = ready().await;
    client.set(json!({ "setup_intent_requires_action": true })).await;
    let waiting = client.submit(INTENTS, &agreed()).await;
    assert_snapshot!(outcome(&waiting), @r#"200 null "requires_action" pm="pm_Sandbox0001" mandate=null last=null next="verify_with_microdeposits""#);
    assert_eq!(client.submit(&format!("{FIRST}/cancel"), "").await.body["status"], "canceled");
}

#[tokio::test]
async fn the_list_of_types_has_the_name_of_the_version() {
    let client = Client::new();
    let names = ["allowed_payment_method_types", "payment_method_types"];
    let mut lines = Vec::new();
    for version in
        ["2026-07-29.preview", "2026-08-26.preview", PREVIEW, "2026-08-26.dahlia", "2026-10-28.endive"]
    {
        for name in names {
            let answer = client.submit_as(INTENTS, &format!("{name}[]=us_bank_account"), version).await;
            let has = answer.body.get("allowed_payment_method_types").is_some();
            lines.push(format!("{version} {} {has}", answer.refusal()));
        }
    }
    assert_snapshot!(lines.join("\n"), @"
    2026-07-29.preview 400 parameter_unknown allowed_payment_method_types false
    2026-07-29.preview 200 - - true
    2026-08-26.preview 200 - - true
    2026-08-26.preview 400 parameter_unknown payment_method_types false
    2026-09-30.preview 200 - - true
    2026-09-30.preview 400 parameter_unknown payment_method_types false
    2026-08-26.dahlia 400 parameter_unknown allowed_payment_method_types false
    2026-08-26.dahlia 200 - - true
    2026-10-28.endive 200 - - true
    2026-10-28.endive 400 parameter_unknown payment_method_types false
    ");
}

#[tokio::test]
async fn no_client_secret_is_in_the_state() {
    let client = ready().await;
    client.submit(INTENTS, &agreed()).await;
    let state = client.get("/_sandbox/state").await;
    assert_eq!(state.body["setup_intents"][0]["status"], "succeeded");
    assert!(!state.text.contains("client_secret") && !state.text.contains("_secret_"));
}

#[tokio::test]
async fn options_for_bank_accounts_are_shown_again() {
    let client = Client::new();
    let inner = "payment_method_options[us_bank_account]";
    let form = format!(
        "automatic_payment_methods[enabled]=true&{inner}[verification_method]=instant\
        &{inner}[financial_connections][permissions][]=payment_method\
        &{inner}[financial_connections][filters][account_subcategories][]=checking"
    );
    let intent = client.submit(INTENTS, &form).await.body;
    assert_eq!(intent["automatic_payment_methods"]["enabled"], true);
    assert_snapshot!(intent["payment_method_options"], @r#"{"us_bank_account":{"financial_connections":{"filters":{"account_subcategories":["checking"]},"permissions":["payment_method"],"prefetch":null},"verification_method":"instant"}}"#);
    let wrong = client.submit(INTENTS, &format!("{inner}[verification_method]=guess")).await;
    assert_eq!(wrong.refusal(), format!("400 - {inner}[verification_method]"));
}

#[tokio::test]
async fn a_payment_method_can_be_described_in_the_call() {
    let client = Client::new();
    let data = "payment_method_data[type]=us_bank_account&payment_method_data[billing_details][name]=Jenny+Rosen\
        &payment_method_data[us_bank_account][financial_connections_account]=";
    let account = "fca_CopperfieldSavings4421";
    let form = format!("customer=cus_SandboxJenny&confirm=true&{data}{account}&{MANDATE}");
    let intent = client.submit(INTENTS, &form).await.body;
    assert_eq!(
        (&intent["status"], &intent["payment_method"]),
        (&json!("succeeded"), &json!("pm_Sandbox0001"))
    );
    let broken = client.submit(INTENTS, &format!("{data}fca_AlderChecking6789")).await;
    let param = "payment_method_data[us_bank_account][financial_connections_account]";
    assert_eq!(broken.refusal(), format!("400 financial_connections_account_inactive {param}"));
    let both = client.submit(INTENTS, &format!("payment_method=pm_Sandbox0001&{data}{account}")).await;
    assert_eq!(both.refusal(), "400 parameters_exclusive payment_method");
}

#[tokio::test]
async fn small_deposits_are_verified_by_amounts_or_code() {
    let verify = async |form: &str| {
        let client = ready().await;
        client.set(json!({ "setup_intent_requires_action": true })).await;
        client.submit(INTENTS, &agreed()).await;
        outcome(&client.submit(&format!("{FIRST}/verify_microdeposits"), form).await)
    };
    let lines = [
        verify("amounts[]=32&amounts[]=45").await,
        verify("descriptor_code=SM11AA").await,
        verify("descriptor_code=SM33CC").await,
    ];
    assert_snapshot!(lines.join("\n"), @r#"
    200 null "succeeded" pm="pm_Sandbox0001" mandate="mandate_Sandbox0001" last=null next=null
    200 null "succeeded" pm="pm_Sandbox0001" mandate="mandate_Sandbox0001" last=null next=null
    200 null "requires_payment_method" pm=null mandate=null last="setup_intent_authentication_failure" next=null
    "#);
    let wrong = verify("amounts[]=1&amounts[]=2").await;
    assert!(
        wrong.starts_with("400 \"payment_method_microdeposit_verification_amounts_mismatch\""),
        "{wrong}"
    );
}

#[tokio::test]
async fn setup_intents_are_listed_and_changed() {
    let client = ready().await;
    client.submit(INTENTS, "customer=cus_SandboxJenny").await;
    client.submit(INTENTS, "customer=cus_Other").await;
    let list = client.get(&format!("{INTENTS}?customer=cus_SandboxJenny")).await.body;
    assert_eq!(crate::client::ids(&list), "seti_Sandbox0001");
    let changed = client.submit(FIRST, "payment_method=pm_Sandbox0001&description=Rent").await.body;
    assert_eq!(
        (&changed["status"], &changed["customer"]),
        (&json!("requires_confirmation"), &json!("cus_SandboxJenny"))
    );
    assert_eq!(
        client.submit(FIRST, "payment_method=pm_x").await.refusal(),
        "400 resource_missing payment_method"
    );
    client.submit(CONFIRM, MANDATE).await;
    assert_eq!(client.submit(FIRST, "description=x").await.refusal(), "400 setup_intent_unexpected_state -");
}

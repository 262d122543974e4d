//! Calls that Stripe.js makes with a publishable key, and bank windows for intents.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::client::{Answer, Client, PREVIEW};

const SETUPS: &str = "/v1/setup_intents";
const PAYMENT: &str = "amount=2500&currency=usd&customer=cus_Ada";
const ACCEPT: &str = "mandate_data[customer_acceptance][type]=online\
    &mandate_data[customer_acceptance][online][infer_from_client]=true";

/// Makes a call as a page does.
async fn page(client: &Client, method: &str, path: &str, form: &str) -> Answer {
    let is_get = method == "GET";
    let uri = if is_get { format!("{path}?{form}") } else { path.to_owned() };
    let request = Request::builder().method(method).uri(uri).header("stripe-version", PREVIEW);
    let request = request.header("authorization", "Bearer pk_test_sandbox").header("user-agent", "Browser/1");
    client.send(request.body(Body::from(if is_get { String::new() } else { form.to_owned() })).unwrap()).await
}

/// Creates an intent and returns its path and client secret.
async fn intent(client: &Client, path: &str, form: &str) -> (String, String) {
    let made = client.submit(path, form).await.body;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (format!("{path}/{}", text("id")), text("client_secret"))
}

fn wish(secret: &str) -> Value {
    json!({ "intent": { "client_secret": secret, "billing_details": { "name": "Ada", "email": "a@example.com" } } })
}

/// Opens the window of an intent; returns what it shows and the client secret of its session.
async fn open(client: &Client, secret: &str) -> (Value, String) {
    let opened = client.post("/bank/open", wish(secret)).await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let session = opened.body["client_secret"].as_str().unwrap().to_owned();
    (opened.body, session)
}

async fn close(client: &Client, session: &str) -> Value {
    client.step("close", session, json!({})).await.body
}

#[tokio::test]
async fn an_account_that_is_shared_in_the_window_becomes_the_payment_method_of_its_intent() {
    for (path, form, done) in
        [(SETUPS, "customer=cus_Ada", "succeeded"), ("/v1/payment_intents", PAYMENT, "processing")]
    {
        let client = Client::new();
        let (path, secret) = intent(&client, path, form).await;
        let (opened, session) = open(&client, &secret).await;
        assert_eq!((&opened["limit"], &opened["permissions"]), (&json!(1), &json!(["payment_method"])));
        let sign_in = client.step("sign_in", &session, json!({ "institution": "fcinst_AlderBank" })).await;
        let holding = &sign_in.body["holdings"][0]["id"];
        client.step("choose", &session, json!({ "holdings": [holding] })).await;
        let closed = close(&client, &session).await;
        assert_eq!(closed["intent"]["status"], "requires_confirmation");
        assert_eq!(closed["payment_method"]["billing_details"]["email"], "a@example.com");
        let again = close(&client, &session).await;
        assert_eq!(
            again["intent"]["payment_method"], closed["intent"]["payment_method"],
            "one for each window"
        );
        let form = format!("client_secret={secret}&{ACCEPT}");
        let confirmed = page(&client, "POST", &format!("{path}/confirm"), &form).await;
        assert_eq!(confirmed.body["status"], done, "{}", confirmed.text);
        let mandates = client.get("/_sandbox/scenario").await.text;
        assert!(mandates.contains("Browser/1"), "the mandate names the browser");
    }
}

#[tokio::test]
async fn an_account_that_is_shared_before_there_is_an_intent_pays_the_intent_that_is_made_later() {
    for (path, form, done) in
        [(SETUPS, "customer=cus_Ada", "succeeded"), ("/v1/payment_intents", PAYMENT, "processing")]
    {
        let client = Client::new();
        let opened = client.post("/bank/open", json!({ "deferred": true })).await.body;
        assert_eq!(opened.get("manual_entry"), None, "numbers could not be kept");
        let session = opened["client_secret"].as_str().unwrap();
        let sign_in = client.step("sign_in", session, json!({ "institution": "fcinst_AlderBank" })).await;
        let holdings = sign_in.body["holdings"].as_array().unwrap();
        assert_eq!(holdings.len(), 2, "those of a new person");
        let holding = &holdings[0]["id"];
        client.step("choose", session, json!({ "holdings": [holding] })).await;
        let closed = close(&client, session).await;
        let account = closed["accounts"][0]["id"].as_str().unwrap();
        let form_of_method = format!(
            "type=us_bank_account&us_bank_account[financial_connections_account]={account}&billing_details[name]=Ada"
        );
        let method = page(&client, "POST", "/v1/payment_methods", &form_of_method).await.body;
        let (path, secret) = intent(&client, path, form).await;
        let id = method["id"].as_str().unwrap();
        let form = format!("client_secret={secret}&payment_method={id}&{ACCEPT}");
        let confirmed = page(&client, "POST", &format!("{path}/confirm"), &form).await;
        assert_eq!(confirmed.body["status"], done, "{}", confirmed.text);
    }
}

#[tokio::test]
async fn numbers_that_are_typed_in_wait_for_small_deposits() {
    let client = Client::new();
    let (path, secret) = intent(&client, SETUPS, "customer=cus_Ada").await;
    let (opened, session) = open(&client, &secret).await;
    assert_eq!(opened["manual_entry"], "automatic");
    let numbers = json!({ "account_number": "000123456789", "routing_number": "110000000" });
    assert_eq!(client.step("enter", &session, numbers).await.status, 200);
    assert_eq!(close(&client, &session).await["payment_method"]["us_bank_account"]["last4"], "6789");
    let form = format!("client_secret={secret}&{ACCEPT}");
    let confirmed = page(&client, "POST", &format!("{path}/confirm"), &form).await.body;
    assert_eq!(confirmed["next_action"]["type"], "verify_with_microdeposits");
    let form = format!("client_secret={secret}&amounts[0]=32&amounts[1]=45");
    let verified = page(&client, "POST", &format!("{path}/verify_microdeposits"), &form).await.body;
    assert_eq!(verified["status"], "succeeded");
}

#[tokio::test]
async fn a_closed_window_leaves_the_intent_as_it_was() {
    let client = Client::new();
    let (_, secret) = intent(&client, SETUPS, "customer=cus_Ada").await;
    let (_, session) = open(&client, &secret).await;
    let closed = close(&client, &session).await;
    assert_eq!(closed["intent"]["status"], "requires_payment_method");
    assert_eq!((&closed["payment_method"], &closed["status"]), (&Value::Null, &json!("cancelled")));
}

#[tokio::test]
async fn an_intent_that_takes_no_payment_method_any_more_opens_no_window() {
    let client = Client::new();
    let (path, secret) = intent(&client, SETUPS, "customer=cus_Ada").await;
    client.submit(&format!("{path}/cancel"), "").await;
    assert_eq!(client.post("/bank/open", wish(&secret)).await.refusal(), "400 - client_secret");
    let (path, secret) = intent(&client, "/v1/payment_intents", PAYMENT).await;
    client.submit(&format!("{path}/cancel"), "").await;
    assert_eq!(client.post("/bank/open", wish(&secret)).await.refusal(), "400 - client_secret");
}

#[tokio::test]
async fn the_options_of_an_intent_are_those_of_its_window() {
    let client = Client::new();
    let within = "payment_method_options[us_bank_account]";
    let form = format!(
        "{within}[verification_method]=instant&{within}[financial_connections][permissions][]=balances\
        &{within}[financial_connections][filters][institution]=fcinst_TernBank"
    );
    let (_, secret) = intent(&client, SETUPS, &form).await;
    let (opened, _) = open(&client, &secret).await;
    assert_eq!(opened["manual_entry"], Value::Null, "instant verification needs a sign-in");
    assert_eq!(opened["permissions"], json!(["balances", "payment_method"]));
    assert_eq!(opened["institutions"].as_array().unwrap().len(), 1);
    let unknown = client.post("/bank/open", wish("seti_x_secret_y")).await;
    assert_eq!(unknown.refusal(), "400 resource_missing client_secret");
    assert!(!unknown.text.contains("seti_x_secret_y"));
}

#[tokio::test]
async fn a_page_needs_the_client_secret_and_sees_no_customer() {
    let client = Client::new();
    let (path, secret) = intent(&client, SETUPS, "customer=cus_Ada&metadata[note]=private").await;
    let (_, others) = intent(&client, SETUPS, "").await;
    let shown = page(&client, "GET", &path, &format!("client_secret={secret}")).await.body;
    assert_eq!(shown["status"], "requires_payment_method");
    for hidden in ["customer", "metadata", "mandate", "payment_method_options"] {
        assert_eq!(shown.get(hidden), None, "{hidden}");
    }
    for (form, refusal) in [
        (String::new(), "400 parameter_missing client_secret"),
        (format!("client_secret={others}"), "400 resource_missing client_secret"),
    ] {
        for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/confirm"))] {
            let refused = page(&client, method, &path, &form).await;
            assert_eq!(refused.refusal(), refusal, "{method} {form}");
            assert!(!refused.text.contains(&others));
        }
    }
    assert_eq!(client.get(&path).await.body["customer"], "cus_Ada", "a server sees everything without it");
}

#[tokio::test]
async fn a_page_makes_tokens_and_payment_methods_and_nothing_else() {
    let client = Client::new();
    let token = "bank_account[country]=US&bank_account[account_number]=000123456789\
        &bank_account[routing_number]=110000000";
    assert_eq!(page(&client, "POST", "/v1/tokens", token).await.body["object"], "token");
    let method = "type=us_bank_account&billing_details[name]=Ada&us_bank_account[account_number]=000123456789\
        &us_bank_account[routing_number]=110000000";
    assert_eq!(page(&client, "POST", "/v1/payment_methods", method).await.body["object"], "payment_method");
    for (method, path) in [
        ("GET", "/v1/payment_methods"),
        ("GET", "/v1/tokens/btok_Sandbox0001"),
        ("GET", "/v1/setup_intents"),
        ("POST", "/v1/setup_intents"),
        ("POST", "/v1/setup_intents/seti_1"),
        ("POST", "/v1/setup_intents/seti_1/cancel"),
        ("GET", "/v1/customers"),
    ] {
        let refused = page(&client, method, path, "").await;
        assert_eq!(refused.refusal(), "403 secret_key_required -", "{method} {path}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_make_those_calls_and_no_others() {
    let client = Client::new();
    let preflight = async |method: &str, path: &str| {
        let request = Request::builder().method("OPTIONS").uri(path).header("origin", "https://shop.example");
        let request = request.header("access-control-request-method", method);
        let request = request.header("access-control-request-headers", "authorization");
        client.send(request.body(Body::empty()).unwrap()).await
    };
    let allowed = preflight("POST", "/v1/setup_intents/seti_1/confirm").await;
    assert_eq!((allowed.status.as_u16(), allowed.header("access-control-allow-origin")), (204, "*"));
    for (method, path) in [
        ("GET", "/v1/customers"),
        ("POST", "/v1/setup_intents"),
        ("GET", "/_sandbox/state"),
        ("POST", "/bank/open"),
    ] {
        assert_eq!(preflight(method, path).await.header("access-control-allow-origin"), "", "{path}");
    }
    let refused = page(&client, "POST", "/v1/tokens", "").await;
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (400, "*"));
    let of_server = client.submit("/v1/tokens", "").await;
    assert_eq!(of_server.header("access-control-allow-origin"), "", "a secret key belongs in no page");
}

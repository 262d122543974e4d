//! `/v1/account`, `/v1/accounts` with their external accounts, `/v1/tokens` and `/v1/balance`.

use axum::body::Body;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Client, JENNY, PREVIEW, ids},
    receiver::Receiver,
};

const ADA: &str = "acct_Ada";
const EXTERNAL: &str = "/v1/accounts/acct_Ada/external_accounts";
const TYPED: &str = "bank_account[country]=US&bank_account[currency]=usd&bank_account[account_number]=000123456789\
    &bank_account[routing_number]=110000000&bank_account[account_holder_name]=Ada";

/// Creates a client with a connected account.
async fn connected() -> Client {
    let client = Client::new();
    client.post("/_sandbox/connected_accounts", json!({ "id": ADA })).await;
    client
}

async fn delete(client: &Client, path: &str) -> Answer {
    client.send(Client::request("DELETE", path, PREVIEW).body(Body::empty()).unwrap()).await
}

async fn on_behalf(client: &Client, path: &str) -> Answer {
    let request = Client::request("GET", path, PREVIEW).header("stripe-account", ADA);
    client.send(request.body(Body::empty()).unwrap()).await
}

async fn token(client: &Client) -> String {
    let made = client.submit("/v1/tokens", TYPED).await.body;
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_the_own_one_or_a_connected_one_and_no_other() {
    let client = connected().await;
    let own = client.get("/v1/account").await.body;
    assert_eq!((&own["id"], &own["type"]), (&json!("acct_Sandbox"), &json!("standard")));
    assert_eq!(client.get("/v1/accounts/acct_Sandbox").await.body, own);
    let theirs = client.get("/v1/accounts/acct_Ada").await.body;
    assert_eq!((&theirs["id"], &theirs["type"]), (&json!(ADA), &json!("custom")));
    assert_eq!(on_behalf(&client, "/v1/account").await.body, theirs);
    assert_eq!(ids(&client.get("/v1/accounts").await.body), ADA);
    for path in ["/v1/accounts/acct_x", "/v1/accounts/acct_x/external_accounts"] {
        assert_eq!(client.get(path).await.refusal(), "403 account_invalid -", "{path}");
    }
    let other = on_behalf(&client, "/v1/accounts/acct_Sandbox").await;
    assert_eq!(other.refusal(), "403 account_invalid -", "an account does not see its platform");
}

#[tokio::test]
async fn an_account_has_a_name_for_customers_and_one_in_its_dashboard() {
    let client = connected().await;
    let names_of = |account: &Value| {
        let display_name = &account["settings"]["dashboard"]["display_name"];
        [&account["business_profile"]["name"], display_name].map(Clone::clone)
    };
    let none = client.get("/v1/accounts/acct_Ada").await.body;
    assert_eq!(names_of(&none), [Value::Null, Value::Null]);
    let form = "business_profile[name]=Ada's+Engines&settings[dashboard][display_name]=Ada";
    let named = client.submit("/v1/accounts/acct_Ada", form).await.body;
    assert_eq!(names_of(&named), [json!("Ada's Engines"), json!("Ada")]);
    client.submit("/v1/accounts/acct_Ada", "email=ada@example.com").await;
    assert_eq!(names_of(&on_behalf(&client, "/v1/account").await.body), names_of(&named));
}

#[tokio::test]
async fn the_second_version_shows_an_account_with_the_time_at_which_it_was_connected() {
    let client = connected().await;
    client.advance("1h").await;
    let theirs = client.get("/v2/core/accounts/acct_Ada").await.body;
    assert_snapshot!(theirs, @r#"{"applied_configurations":["customer","recipient"],"closed":false,"configuration":null,"contact_email":null,"contact_phone":null,"created":"2026-11-18T11:06:40.000Z","dashboard":"none","defaults":null,"display_name":null,"future_requirements":null,"id":"acct_Ada","identity":null,"livemode":false,"metadata":{},"object":"v2.core.account","requirements":null}"#);
    assert_eq!(client.get("/v1/accounts/acct_Ada").await.body["created"], 1_795_000_000);
    let own = client.get("/v2/core/accounts/acct_Sandbox").await.body;
    assert_eq!(own["created"], "2026-02-02T02:40:00.000Z", "older than all that it has");
}

#[tokio::test]
async fn the_second_version_shows_the_parts_of_an_account_that_are_included() {
    let client = connected().await;
    let path = "/v2/core/accounts/acct_Ada";
    let all = "include[]=configuration.customer&include[]=configuration.merchant&include[]=configuration.recipient\
               &include[]=defaults&include[]=future_requirements&include[]=identity&include[]=requirements";
    let whole = client.get(&format!("{path}?{all}")).await.body;
    assert_snapshot!(whole, @r#"{"applied_configurations":["customer","recipient"],"closed":false,"configuration":{"customer":{"applied":true,"automatic_indirect_tax":null,"billing":null,"capabilities":null,"shipping":null,"test_clock":null},"merchant":null,"money_manager":null,"recipient":{"applied":true,"capabilities":{"bank_accounts":{"local":{"status":"active","status_details":[]},"wire":null},"cards":null,"stripe_balance":{"payouts":{"status":"active","status_details":[]},"stripe_transfers":{"status":"active","status_details":[]}}},"default_outbound_destination":null}},"contact_email":null,"contact_phone":null,"created":"2026-11-18T11:06:40.000Z","dashboard":"none","defaults":{"currency":"usd","locales":null,"payout_methods":null,"profile":null,"responsibilities":{"fees_collector":"application","losses_collector":"application","requirements_collector":"application"},"timezone":null},"display_name":null,"future_requirements":{"entries":[],"minimum_transition_date":null,"summary":null},"id":"acct_Ada","identity":{"attestations":null,"business_details":null,"country":"US","entity_type":"company","individual":null},"livemode":false,"metadata":{},"object":"v2.core.account","requirements":{"entries":[],"summary":null}}"#);
    let external = TYPED
        .replace("bank_account[", "external_account[")
        .replace("[account_holder_name]=Ada", "[object]=bank_account");
    let added = client.submit(EXTERNAL, &external).await.body;
    let recipient = client.get(&format!("{path}?include[]=configuration.recipient")).await.body;
    assert_eq!(recipient["configuration"]["customer"], Value::Null, "not included");
    assert_eq!(recipient["identity"], Value::Null, "not included");
    let destination = &recipient["configuration"]["recipient"]["default_outbound_destination"];
    assert_eq!(destination, &json!({ "id": added["id"], "type": "us_bank_account" }));
    assert_eq!(client.get(&format!("{path}?include[]=x")).await.refusal(), "400 - include[0]");
}

#[tokio::test]
async fn a_token_is_of_a_test_number_or_of_a_linked_account() {
    let client = Client::new();
    let typed = client.submit("/v1/tokens", TYPED).await.body;
    assert_snapshot!(typed, @r#"{"bank_account":{"account_holder_name":"Ada","account_holder_type":null,"account_type":null,"bank_name":"STRIPE TEST BANK","country":"US","currency":"usd","fingerprint":"59bef99f402061d6","id":"ba_Sandbox0001","last4":"6789","object":"bank_account","routing_number":"110000000","status":"new"},"client_ip":null,"created":1795000000,"id":"btok_Sandbox0001","livemode":false,"object":"token","type":"bank_account","used":false}"#);
    let method = client.payment_method().await;
    let of_method = format!("bank_account[payment_method]={method}");
    let linked = client.submit("/v1/tokens", &of_method).await.body;
    assert_eq!(linked["bank_account"]["last4"], "4421");
    assert_eq!(client.get("/v1/tokens/btok_Sandbox0002").await.body, linked);
    client.submit(&format!("/v1/payment_methods/{method}/attach"), "customer=cus_SandboxJenny").await;
    assert_eq!(client.submit("/v1/tokens", &of_method).await.refusal(), "400 - customer");
    let with_customer = format!("{of_method}&customer=cus_SandboxJenny");
    assert_eq!(client.submit("/v1/tokens", &with_customer).await.status, 200);
    client.deactivate("fca_CopperfieldSavings4421").await;
    for (form, refusal) in [
        (with_customer, "400 financial_connections_account_inactive bank_account[payment_method]"),
        (TYPED.replace("000123456789", "4111"), "400 account_number_invalid bank_account[account_number]"),
        (TYPED.replace("bank_account[country]=US&", ""), "400 parameter_missing bank_account[country]"),
        (String::new(), "400 parameter_missing bank_account"),
        ("card[number]=4242".to_owned(), "400 parameter_unknown card"),
    ] {
        assert_eq!(client.submit("/v1/tokens", &form).await.refusal(), refusal, "{form}");
    }
    assert_eq!(client.get("/v1/tokens/btok_x").await.refusal(), "404 resource_missing id");
}

#[tokio::test]
async fn the_token_of_a_session_becomes_an_external_account_once() {
    let client = connected().await;
    let (id, _) = client.session(&format!("{JENNY}&permissions[]=payment_method")).await;
    let fields = json!({ "institution": "fcinst_AlderBank", "accounts": ["2231"], "token": true });
    let ended = client.post(&format!("/_sandbox/sessions/{id}/complete"), fields).await.body;
    let token = ended["bank_account_token"]["id"].as_str().unwrap();
    let form = format!("external_account={token}");
    let added = client.submit(EXTERNAL, &form).await.body;
    assert_eq!((&added["last4"], &added["account"]), (&json!("2231"), &json!(ADA)));
    assert_eq!(client.submit(EXTERNAL, &form).await.refusal(), "400 token_already_used external_account");
    assert_eq!(client.get(&format!("/v1/tokens/{token}")).await.body["used"], true);
}

#[tokio::test]
async fn external_accounts_are_added_changed_and_deleted_with_events_for_the_platform() {
    let client = connected().await;
    let receiver = Receiver::new(&[]).await;
    let form = format!("url={}&enabled_events[]=*&connect=true", receiver.url);
    client.submit("/v1/webhook_endpoints", &form).await;
    let first = client.submit(EXTERNAL, &format!("external_account={}", token(&client).await)).await.body;
    assert_eq!(first["default_for_currency"], true, "the first one");
    let typed = TYPED.replace("bank_account[", "external_account[");
    let form =
        format!("{typed}&external_account[object]=bank_account&default_for_currency=true&metadata[a]=b");
    let second = client.submit(EXTERNAL, &form).await.body;
    let path = |account: &Value| format!("{EXTERNAL}/{}", account["id"].as_str().unwrap());
    assert_eq!(client.get(&path(&first)).await.body["default_for_currency"], false);
    let renamed = client.submit(&path(&first), "account_holder_name=Ada+L&metadata[c]=d").await.body;
    assert_eq!(
        (&renamed["account_holder_name"], &renamed["metadata"]),
        (&json!("Ada L"), &json!({ "c": "d" }))
    );
    let newest_first = format!("{} {}", second["id"].as_str().unwrap(), first["id"].as_str().unwrap());
    assert_eq!(ids(&client.get(EXTERNAL).await.body), newest_first);
    assert_eq!(ids(&client.get(&format!("{EXTERNAL}?object=card")).await.body), "");
    let account = client.get("/v1/accounts/acct_Ada").await.body;
    assert_eq!(ids(&account["external_accounts"]), newest_first);
    assert_eq!(delete(&client, &path(&second)).await.refusal(), "400 - -", "the default one");
    assert_eq!(delete(&client, &path(&first)).await.body["deleted"], true);
    assert_eq!(client.get(&path(&first)).await.refusal(), "404 resource_missing id");
    assert_eq!(delete(&client, &path(&second)).await.status, 200, "the last one");
    while client.sandbox.deliver_due().await > 0 {}
    assert_snapshot!(receiver.types().replace("account.external_account.", ""), @"created updated created updated deleted deleted");
    let events = receiver.received();
    assert!(events.iter().all(|one| one.event()["account"] == ADA), "they name the account");
    let renamed = events[3].event();
    assert_eq!(renamed["data"]["previous_attributes"]["account_holder_name"], "Ada");
}

#[tokio::test]
async fn an_external_account_follows_the_number_of_the_linked_account_that_it_was_made_of() {
    let client = Client::new();
    let method = client.payment_method().await;
    let made = client.submit("/v1/tokens", &format!("bank_account[payment_method]={method}")).await.body;
    let own = "/v1/accounts/acct_Sandbox/external_accounts";
    let form = format!("external_account={}", made["id"].as_str().unwrap());
    let external = client.submit(own, &form).await.body;
    let path = format!("{own}/{}", external["id"].as_str().unwrap());
    let number = |status: &str| {
        let number = json!({ "identifier_type": "tokenized_account_number", "status": status });
        json!({ "account_numbers": [number] })
    };
    for (status, expected) in [
        ("transactable", "new"),
        ("expired", "tokenized_account_number_deactivated"),
        ("transactable", "new"),
    ] {
        client.post("/_sandbox/accounts/fca_CopperfieldSavings4421", number(status)).await;
        assert_eq!(client.get(&path).await.body["status"], expected, "{status}");
    }
    let updated = client.get("/v1/events?type=account.external_account.updated").await.body;
    let told: Vec<_> = updated["data"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[1]["data"]["object"]["status"], "tokenized_account_number_deactivated");
    assert_eq!(told[1]["data"]["previous_attributes"], json!({ "status": "new" }));
}

#[tokio::test]
async fn an_idempotent_repetition_adds_one_external_account() {
    let client = connected().await;
    let form = format!("external_account={}", token(&client).await);
    for _ in 0..2 {
        let request = Client::request("POST", EXTERNAL, PREVIEW).header("idempotency-key", "once");
        assert_eq!(client.send(request.body(form.clone().into()).unwrap()).await.status, 200);
    }
    assert_eq!(ids(&client.get(EXTERNAL).await.body), "ba_SandboxC1x0001");
    let own = "/v1/accounts/acct_Sandbox/external_accounts";
    assert_eq!(client.submit(own, &form).await.refusal(), "400 token_already_used external_account");
    let form = format!("external_account={}", token(&client).await);
    assert_eq!(client.submit(own, &form).await.body["account"], "acct_Sandbox");
    assert_eq!(
        client.submit(own, "external_account=btok_x").await.refusal(),
        "400 resource_missing external_account"
    );
    assert_eq!(client.submit(own, "").await.refusal(), "400 parameter_missing external_account");
}

#[tokio::test]
async fn the_balance_is_what_payments_have_brought_and_will_bring() {
    let client = Client::new();
    let mandate = "mandate_data[customer_acceptance][type]=offline";
    let method = client.payment_method().await;
    let pay = async |amount: u32| {
        let form = format!("amount={amount}&currency=usd&payment_method={method}&confirm=true&{mandate}");
        client.submit("/v1/payment_intents", &form).await;
    };
    let shown = async || {
        let balance = client.get("/v1/balance").await.body;
        format!("{} {}", balance["available"][0]["amount"], balance["pending"][0]["amount"])
    };
    assert_eq!(shown().await, "0 0");
    pay(2_500).await;
    client.advance("4d").await;
    pay(700).await;
    assert_eq!(shown().await, "2500 700");
}

#[tokio::test]
async fn an_account_is_connected_changed_and_disconnected_by_the_api() {
    let client = Client::new();
    let form = "type=custom&country=US&email=ada@example.com&business_type=individual&metadata[a]=1\
        &capabilities[transfers][requested]=true&tos_acceptance[date]=1795000000&individual[first_name]=Ada";
    let made = client.submit("/v1/accounts", form).await.body;
    let id = made["id"].as_str().unwrap();
    let shown = (&made["email"], &made["business_type"], &made["metadata"]);
    assert_eq!(shown, (&json!("ada@example.com"), &json!("individual"), &json!({ "a": "1" })));
    let path = format!("/v1/accounts/{id}");
    assert_eq!(client.get(&path).await.body, made);
    assert_eq!(ids(&client.get("/v1/accounts").await.body), id);
    let changed = client.submit(&path, "email=lovelace@example.com&metadata[a]=").await.body;
    assert_eq!((&changed["email"], &changed["metadata"]), (&json!("lovelace@example.com"), &json!({})));
    let request = Client::request("GET", "/v1/events", PREVIEW).header("stripe-account", id);
    let events = client.send(request.body(Body::empty()).unwrap()).await.body;
    let event = &events["data"][0];
    assert_eq!((&event["type"], &event["account"]), (&json!("account.updated"), &json!(id)));
    let before = json!({ "email": "ada@example.com", "metadata": { "a": "1" } });
    assert_eq!(event["data"]["previous_attributes"], before);
    assert_eq!(events["data"].as_array().unwrap().len(), 1, "a new account is no change");
    let deleted = delete(&client, &path).await.body;
    assert_eq!(deleted, json!({ "id": id, "object": "account", "deleted": true }));
    assert_eq!(client.get(&path).await.refusal(), "403 account_invalid -");
}

#[tokio::test]
async fn an_account_that_can_not_be_connected_changed_or_disconnected_is_refused() {
    let client = connected().await;
    for (form, refusal) in [
        ("type=premium", "400 - type"),
        ("country=CA", "400 - country"),
        ("business_type=band", "400 - business_type"),
        ("colour=blue", "400 parameter_unknown colour"),
    ] {
        assert_eq!(client.submit("/v1/accounts", form).await.refusal(), refusal, "{form}");
    }
    assert_eq!(ids(&client.get("/v1/accounts").await.body), ADA, "nothing was connected");
    let theirs = Client::request("POST", "/v1/accounts", PREVIEW).header("stripe-account", ADA);
    assert_eq!(client.send(theirs.body(Body::empty()).unwrap()).await.status, 400, "by a platform only");
    let live = axum::http::Request::post("/v1/accounts").header("authorization", "Bearer sk_live_sandbox");
    assert_eq!(client.send(live.body(Body::empty()).unwrap()).await.status, 400, "in test mode only");
    assert_eq!(client.submit("/v1/accounts/acct_x", "email=a@example.com").await.status, 403);
    assert_eq!(delete(&client, "/v1/accounts/acct_x").await.status, 403);
    assert_eq!(delete(&client, "/v1/accounts/acct_Sandbox").await.status, 400);
    let own = client.submit("/v1/accounts/acct_Sandbox", "email=own@example.com").await.body;
    assert_eq!(own["email"], "own@example.com");
    assert_eq!(client.events().await, ["account.updated acct_Sandbox"]);
    client.post("/_sandbox/reset", json!({})).await;
    assert_eq!(client.get("/v1/account").await.body["email"], Value::Null);
}

#[tokio::test]
async fn a_seller_is_created_with_a_bank_account_and_sent_straight_back() {
    let client = Client::new();
    let btok = token(&client).await;
    let typed = TYPED.replace("bank_account[", "external_account[");
    for (source, name) in [(format!("external_account={btok}"), json!("Ada")), (typed, json!("Ada"))] {
        let made = client.submit("/v1/accounts", &format!("type=custom&country=US&{source}")).await.body;
        let path = format!("/v1/accounts/{}", made["id"].as_str().unwrap());
        assert_eq!(client.get(&path).await.body, made, "what is answered is what is there");
        let [bank] = made["external_accounts"]["data"].as_array().unwrap().as_slice() else {
            panic!("{made}")
        };
        assert_eq!((&bank["last4"], &bank["account_holder_name"]), (&json!("6789"), &name));
        assert_eq!(bank["default_for_currency"], true);
        let link = format!(
            "account={}&type=account_onboarding&refresh_url=https://shop.example/again\
            &return_url=https://shop.example/done",
            made["id"].as_str().unwrap()
        );
        let link = client.submit("/v1/account_links", &link).await.body;
        assert_eq!(
            (&link["url"], &link["object"]),
            (&json!("https://shop.example/done"), &json!("account_link"))
        );
    }
    let again = client.submit("/v1/accounts", &format!("type=custom&external_account={btok}")).await;
    assert_eq!(again.refusal(), "400 token_already_used external_account");
    let nobody =
        "account=acct_x&type=account_onboarding&refresh_url=https://a.example&return_url=https://a.example";
    assert_eq!(client.submit("/v1/account_links", nobody).await.refusal(), "403 account_invalid -");
}

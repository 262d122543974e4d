//! `/v1/customers`

use insta::assert_snapshot;
use serde_json::json;

use crate::client::{Client, ids};

const CUSTOMERS: &str = "/v1/customers";
const JENNY: &str = "/v1/customers/cus_SandboxJenny";

#[tokio::test]
async fn everybody_in_the_seed_has_a_name_and_an_address() {
    let client = Client::new();
    let mut known = Vec::new();
    for id in ["cus_SandboxJenny", "cus_SandboxOther", "cus_SandboxKai", "cus_SandboxData"] {
        let customer = client.get(&format!("{CUSTOMERS}/{id}")).await.body;
        known.push(format!("{id} {} {}", customer["name"], customer["email"]));
    }
    assert_snapshot!(known.join("\n"), @r#"
    cus_SandboxJenny "Jenny Rosen" "jenny.rosen@example.com"
    cus_SandboxOther "Sam Okafor" "sam.okafor@example.com"
    cus_SandboxKai "Kai Moreno" "kai.moreno@example.com"
    cus_SandboxData "Noor Haddad" "noor.haddad@example.com"
    "#);
    assert_eq!(client.get(&format!("{CUSTOMERS}/cus_X")).await.refusal(), "404 resource_missing id");
}

#[tokio::test]
async fn customers_are_listed_the_newest_first_and_in_pages() {
    let client = Client::new();
    client.submit(CUSTOMERS, "name=Ada&email=ada@example.com").await;
    let first = client.get(&format!("{CUSTOMERS}?limit=2")).await.body;
    assert_eq!((ids(&first).as_str(), &first["has_more"]), ("cus_Sandbox0001 cus_SandboxData", &json!(true)));
    let rest = client.get(&format!("{CUSTOMERS}?limit=3&starting_after=cus_SandboxData")).await.body;
    assert_eq!(
        (ids(&rest).as_str(), &rest["has_more"]),
        ("cus_SandboxKai cus_SandboxOther cus_SandboxJenny", &json!(false))
    );
    let ada = client.get(&format!("{CUSTOMERS}?email=ada@example.com")).await.body;
    assert_eq!(ids(&ada), "cus_Sandbox0001");
}

#[tokio::test]
async fn a_customer_is_created_with_what_is_given() {
    let client = Client::new();
    let form = "name=Ada+Ruiz&email=ada@example.com&metadata[order]=6735";
    let created = client.submit(CUSTOMERS, form).await.body;
    assert_snapshot!(format!("{created:#}"), @r#"
    {
      "address": null,
      "balance": 0,
      "created": 1795000000,
      "currency": null,
      "customer_account": null,
      "default_source": null,
      "delinquent": false,
      "description": null,
      "discount": null,
      "email": "ada@example.com",
      "id": "cus_Sandbox0001",
      "invoice_settings": {
        "custom_fields": null,
        "default_payment_method": null,
        "footer": null,
        "rendering_options": null
      },
      "livemode": false,
      "metadata": {
        "order": "6735"
      },
      "name": "Ada Ruiz",
      "object": "customer",
      "phone": null,
      "preferred_locales": [],
      "shipping": null,
      "tax_exempt": "none"
    }
    "#);
    assert_eq!(client.get(&format!("{CUSTOMERS}/cus_Sandbox0001")).await.body, created);
}

#[tokio::test]
async fn an_update_changes_what_is_named_and_takes_away_what_is_empty() {
    let client = Client::new();
    client.submit(JENNY, "metadata[a]=1&metadata[b]=2&phone=555").await;
    let updated = client.submit(JENNY, "email=&metadata[a]=").await.body;
    assert_eq!(
        json!([updated["name"], updated["email"], updated["phone"], updated["metadata"]]),
        json!(["Jenny Rosen", null, "555", { "b": "2" }])
    );
}

#[tokio::test]
async fn only_an_attached_payment_method_can_be_the_default_and_detaching_ends_that() {
    let client = Client::new();
    let method = client.payment_method().await;
    let form = format!("invoice_settings[default_payment_method]={method}");
    let refusal = "400 resource_missing invoice_settings[default_payment_method]";
    assert_eq!(client.submit(JENNY, &form).await.refusal(), refusal);
    client.submit(&format!("/v1/payment_methods/{method}/attach"), "customer=cus_SandboxJenny").await;
    let updated = client.submit(JENNY, &form).await.body;
    assert_eq!(updated["invoice_settings"]["default_payment_method"], method.as_str());
    client.submit(&format!("/v1/payment_methods/{method}/detach"), "").await;
    let customer = client.get(JENNY).await.body;
    assert_eq!(customer["invoice_settings"]["default_payment_method"], json!(null));
}

#[tokio::test]
async fn unknown_fields_are_refused() {
    assert_eq!(
        Client::new().submit(CUSTOMERS, "nickname=J").await.refusal(),
        "400 parameter_unknown nickname"
    );
}

#[tokio::test]
async fn a_customer_has_an_address_shipping_taxes_and_languages() {
    let client = Client::new();
    let form = "address[city]=Springfield&address[country]=US&shipping[name]=Ada&shipping[address][line1]=1+Main+St\
        &tax_exempt=exempt&preferred_locales[]=es&preferred_locales[]=en";
    let made = client.submit(CUSTOMERS, form).await.body;
    assert_snapshot!(made["address"], @r#"{"city":"Springfield","country":"US","line1":null,"line2":null,"postal_code":null,"state":null}"#);
    assert_snapshot!(made["shipping"], @r#"{"address":{"city":null,"country":null,"line1":"1 Main St","line2":null,"postal_code":null,"state":null},"name":"Ada","phone":null}"#);
    assert_eq!((&made["tax_exempt"], &made["preferred_locales"]), (&json!("exempt"), &json!(["es", "en"])));
    let path = format!("{CUSTOMERS}/{}", made["id"].as_str().unwrap());
    let changed =
        client.submit(&path, "address[city]=&address[state]=IL&shipping[phone]=555&tax_exempt=").await.body;
    assert_eq!((&changed["address"]["city"], &changed["address"]["state"]), (&json!(null), &json!("IL")));
    assert_eq!(
        (&changed["shipping"]["name"], &changed["shipping"]["phone"], &changed["tax_exempt"]),
        (&json!("Ada"), &json!("555"), &json!("none"))
    );
    let emptied = client.submit(&path, "address=&shipping=&preferred_locales=").await.body;
    assert_eq!(
        (&emptied["address"], &emptied["shipping"], &emptied["preferred_locales"]),
        (&json!(null), &json!(null), &json!([]))
    );
    for (form, refusal) in [
        ("address[planet]=Mars", "400 parameter_unknown address[planet]"),
        ("shipping[weight]=3", "400 parameter_unknown shipping[weight]"),
        ("shipping[address][planet]=Mars", "400 parameter_unknown shipping[address][planet]"),
        ("tax_exempt=maybe", "400 - tax_exempt"),
    ] {
        assert_eq!(client.submit(CUSTOMERS, form).await.refusal(), refusal);
    }
}

#[tokio::test]
async fn customers_are_searched() {
    let client = Client::new();
    client.submit(CUSTOMERS, "name=Ada+Ruiz&email=ada@example.com&metadata[plan]=gold").await;
    let search = async |query: &str| {
        let query = query.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        client.get(&format!("{CUSTOMERS}/search?limit=2&query={query}")).await
    };
    let found = search(r#"email~"example.com""#).await.body;
    assert_eq!((&found["object"], &found["has_more"]), (&json!("search_result"), &json!(true)));
    assert_eq!(ids(&found), "cus_Sandbox0001 cus_SandboxData");
    let next =
        format!("{CUSTOMERS}/search?query=email~%22example%22&page={}", found["next_page"].as_str().unwrap());
    assert_eq!(ids(&client.get(&next).await.body), "cus_SandboxKai cus_SandboxOther cus_SandboxJenny");
    assert_eq!(ids(&search(r#"metadata["plan"]:"gold""#).await.body), "cus_Sandbox0001");
    assert_eq!(search("ada").await.refusal(), "400 - query");
    assert_eq!(client.get(&format!("{CUSTOMERS}/search")).await.refusal(), "400 parameter_missing query");
}

#[tokio::test]
async fn a_deleted_customer_is_gone_but_for_its_id() {
    let client = Client::new();
    let method = client.payment_method().await;
    client.submit(&format!("/v1/payment_methods/{method}/attach"), "customer=cus_SandboxJenny").await;
    let request =
        Client::request("DELETE", JENNY, crate::client::PREVIEW).body(String::new().into()).unwrap();
    let deleted = client.send(request).await.body;
    assert_eq!(deleted, json!({ "id": "cus_SandboxJenny", "object": "customer", "deleted": true }));
    assert_eq!(client.get(JENNY).await.body, deleted);
    assert_eq!(client.submit(JENNY, "name=J").await.refusal(), "404 resource_missing id");
    let list = client.get(CUSTOMERS).await.body;
    assert!(!ids(&list).contains("cus_SandboxJenny"), "{list}");
    let events = client.events().await;
    assert_eq!(events.iter().filter(|event| *event == "customer.deleted cus_SandboxJenny").count(), 1);
    assert!(events.contains(&format!("payment_method.detached {method}")), "{events:?}");
    let event = client.get("/v1/events?type=customer.deleted").await.body["data"][0].clone();
    assert_eq!(event["data"]["object"]["name"], "Jenny Rosen");
}

#[tokio::test]
async fn a_payment_method_can_be_attached_with_the_customer_and_listed_under_it() {
    let client = Client::new();
    let method = client.payment_method().await;
    let form = format!("payment_method={method}&invoice_settings[default_payment_method]={method}");
    let made = client.submit(CUSTOMERS, &form).await.body;
    assert_eq!(made["invoice_settings"]["default_payment_method"], method.as_str());
    let path = format!("{CUSTOMERS}/{}/payment_methods", made["id"].as_str().unwrap());
    assert_eq!(ids(&client.get(&path).await.body), method);
    assert_eq!(client.get(&format!("{path}/{method}")).await.body["id"], method.as_str());
    let elsewhere = client.get(&format!("{JENNY}/payment_methods/{method}")).await;
    assert_eq!(elsewhere.refusal(), "404 resource_missing payment_method");
    assert_eq!(
        client.submit(JENNY, &format!("payment_method={method}")).await.refusal(),
        "400 - payment_method"
    );
    assert_eq!(
        client.submit(CUSTOMERS, "payment_method=pm_x").await.refusal(),
        "400 resource_missing payment_method"
    );
    assert_eq!(ids(&client.get(&format!("{JENNY}/payment_methods?type=us_bank_account")).await.body), "");
}

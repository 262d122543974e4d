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
      "shipping": null
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

//! Banks outside the United States, and accounts that are neither cash nor credit.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::client::{Client, JENNY};

/// Links all accounts of Jenny's at this bank and returns what the session shows.
async fn linked(client: &Client, institution: &str, filters: &str) -> Vec<Value> {
    let form = format!(
        "{JENNY}&permissions[]=balances&permissions[]=transactions&permissions[]=payment_method\
        &prefetch[]=balances&prefetch[]=transactions{filters}"
    );
    let (id, _) = client.session(&form).await;
    let path = format!("/_sandbox/sessions/{id}/complete");
    let ended = client.post(&path, json!({ "institution": institution })).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    client.read_session(&id).await["accounts"]["data"].as_array().unwrap().clone()
}

fn shown(account: &Value) -> String {
    let (category, subcategory) = (&account["category"], &account["subcategory"]);
    let (balance, types) = (&account["balance"], &account["supported_payment_method_types"]);
    format!("{category} {subcategory} {balance} {types}")
}

#[tokio::test]
async fn a_brokerage_has_an_account_of_each_category_that_is_neither_cash_nor_credit() {
    let client = Client::new();
    let accounts = linked(&client, "fcinst_GraniteBrokerage", "").await;
    let lines: Vec<String> = accounts.iter().map(shown).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    "other" "other" {"as_of":1795000000,"cash":{"available":null},"current":{"usd":57441},"type":"cash"} []
    "investment" "other" {"as_of":1795000000,"cash":{"available":null},"current":{"usd":1196214},"type":"cash"} []
    "#);
}

#[tokio::test]
async fn a_bank_outside_the_united_states_has_its_own_currency_and_no_ach() {
    let client = Client::new();
    for (institution, country, currency) in
        [("fcinst_PrairieCanada", "CA", "cad"), ("fcinst_FenlandUK", "GB", "gbp")]
    {
        let path = format!("/v1/financial_connections/institutions/{institution}");
        let bank = client.get(&path).await.body;
        assert_eq!((&bank["countries"], &bank["routing_numbers"]), (&json!([country]), &json!([])));
        assert_eq!(bank["features"]["payment_method"]["supported"], false);
        let accounts = linked(&client, institution, &format!("&filters[country]={country}")).await;
        assert_eq!(accounts.len(), 2);
        assert!(accounts[0]["balance"]["current"][currency].is_i64(), "{}", accounts[0]);
        assert_eq!(accounts[0]["supported_payment_method_types"], json!([]));
        let id = accounts[0]["id"].as_str().unwrap();
        let list = client.get(&format!("/v1/financial_connections/transactions?account={id}")).await.body;
        assert_eq!(list["data"][0]["currency"], currency);
    }
}

#[tokio::test]
async fn a_session_for_one_country_offers_its_banks_only() {
    let client = Client::new();
    let banks = async |filter: &str| {
        let (_, secret) = client.session(&format!("{JENNY}&permissions[]=balances{filter}")).await;
        let opened = client.step("open", &secret, json!({})).await.body;
        let at_prairie = json!({ "institution": "fcinst_PrairieCanada" });
        let signed_in = client.step("sign_in", &secret, at_prairie).await.status.as_u16();
        (opened["institutions"].as_array().unwrap().len(), signed_in)
    };
    assert_eq!(banks("").await, (29, 200));
    assert_eq!(banks("&filters[country]=US").await, (27, 400));
    assert_eq!(banks("&filters[country]=CA").await, (1, 200));
}

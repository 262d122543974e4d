//! `expand[]`

use serde_json::json;

use crate::client::{ACCOUNTS, Client, DATA, HEALTHY, JENNY};

#[tokio::test]
async fn an_expanded_id_is_replaced_by_its_object() {
    let client = Client::new();
    let path = format!(
        "{ACCOUNTS}/fca_AlderChecking6789?expand[]=institution&expand[]=account_holder.customer\
        &expand[]=ownership"
    );
    let account = client.get(&path).await.body;
    assert_eq!(account["institution"]["name"], "Alder Bank");
    assert_eq!(account["account_holder"]["customer"]["email"], "jenny.rosen@example.com");
    assert_eq!(account["ownership"], json!(null), "what is not there stays so");
}

#[tokio::test]
async fn paths_go_through_lists_and_through_what_was_expanded() {
    let client = Client::new();
    let form = format!("{DATA}&prefetch[]=ownership");
    let (id, secret) = client.session(&form).await;
    client.choose_all(&secret, &["3001", "3005"]).await;
    let path = format!("/v1/financial_connections/sessions/{id}?expand[0]=accounts.data.ownership");
    let session = client.get(&path).await.body;
    let owners = |at: usize| session["accounts"]["data"][at]["ownership"]["owners"]["data"].clone();
    assert_eq!(owners(0)[1]["name"], "Robin Haddad", "a joint account has two owners");
    assert_eq!(owners(1)[0]["name"], "Noor Haddad");
    let list = format!("{ACCOUNTS}?account_holder[customer]=cus_SandboxJenny&expand[]=data.institution");
    assert_eq!(client.get(&list).await.body["data"][0]["institution"]["name"], "Alder Bank");
}

#[tokio::test]
async fn answers_to_posts_expand_too() {
    let client = Client::new();
    let method = client.submit("/v1/payment_methods", HEALTHY).await.body["id"].clone();
    let form = format!(
        "customer=cus_SandboxJenny&payment_method={}&expand[]=payment_method&expand[]=customer",
        method.as_str().unwrap()
    );
    let intent = client.submit("/v1/setup_intents", &form).await.body;
    assert_eq!(
        (&intent["payment_method"]["id"], &intent["customer"]["name"]),
        (&method, &json!("Jenny Rosen"))
    );
}

#[tokio::test]
async fn invalid_expand_paths_are_refused_before_execution() {
    let client = Client::new();
    for path in ["authorization", "colour", "institution.colour", "a.b.c.d.institution", "customer"] {
        let refused = client.get(&format!("{ACCOUNTS}/fca_AlderChecking6789?expand[]={path}")).await;
        assert_eq!(refused.refusal(), "400 - expand", "{path}");
    }
    assert_eq!(
        client.create(&format!("{JENNY}&permissions[]=balances&expand[]=x")).await.refusal(),
        "400 - expand"
    );
    assert_eq!(client.get("/_sandbox/state").await.body["sessions"], json!([]));
}

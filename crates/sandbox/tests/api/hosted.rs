//! Hosted sessions, whose page belongs to the sandbox instead of the merchant.

use axum::http::Request;
use serde_json::{Value, json};

use crate::client::{Answer, Client, EXACT, SESSIONS};

const HOSTED: &str = "&ui_mode=hosted&return_url=https://merchant.example/back&hosted[delivery_method]=";

async fn hosted(client: &Client, method: &str) -> Answer {
    client.create(&format!("{EXACT}{HOSTED}{method}")).await
}

/// Returns the path of a URL of the sandbox.
fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://localhost").unwrap().to_owned()
}

#[tokio::test]
async fn a_hosted_session_has_an_address_until_it_is_over() {
    let client = Client::new();
    let session = hosted(&client, "url").await.body;
    assert_eq!((&session["ui_mode"], &session["status"]), (&json!("hosted"), &json!("pending")));
    assert_eq!(session["client_secret"], Value::Null, "its page has it");
    let told = json!({ "delivery_method": "url", "return_url": "https://merchant.example/back" });
    assert_eq!(session["hosted"], told);
    let page = path(&session["url"]);
    assert!(client.get(&page).await.text.contains("/hosted/page.js"));
    let begun = client.post(&page, json!({})).await.body;
    assert_eq!(begun["return_url"], "https://merchant.example/back");
    let secret = begun["client_secret"].as_str().unwrap();
    client.choose(secret, "6789").await;
    let read = client.read_session(session["id"].as_str().unwrap()).await;
    assert_eq!((&read["status"], &read["url"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(client.post(&page, json!({})).await.status, 400, "the link is used up");
}

#[tokio::test]
async fn an_emailed_session_has_no_url_and_the_next_email_waits_two_days() {
    let client = Client::new();
    let session = hosted(&client, "email").await.body;
    assert_eq!(session["url"], Value::Null);
    assert_eq!(hosted(&client, "email").await.refusal(), "400 - hosted[delivery_method]");
    assert_eq!(hosted(&client, "url").await.status, 200, "only emails wait");
    client.advance("48h").await;
    let second = hosted(&client, "email").await.body;
    let state = client.get("/_sandbox/state").await.body;
    let of_second = |one: &&Value| one["id"] == second["id"];
    let mailed = state["sessions"].as_array().unwrap().iter().find(of_second).unwrap();
    let begun = client.post(&path(&mailed["hosted_url"]), json!({})).await.body;
    client.choose(begun["client_secret"].as_str().unwrap(), "6789").await;
    assert_eq!(hosted(&client, "email").await.status, 200, "a mail that was followed does not count");
}

#[tokio::test]
async fn hosted_parameters_belong_together_and_to_their_versions() {
    let client = Client::new();
    let plain = "permissions[]=balances";
    let table = [
        (format!("{EXACT}&ui_mode=hosted&return_url=https://m.example"), "400 parameter_missing hosted"),
        (format!("{EXACT}&ui_mode=hosted&hosted[delivery_method]=url"), "400 parameter_missing return_url"),
        (format!("{plain}&ui_mode=hosted"), "400 parameter_missing return_url"),
        (format!("{plain}&hosted[delivery_method]=url"), "400 - hosted"),
        (format!("{plain}&ui_mode=modal&hosted[delivery_method]=url"), "400 - hosted"),
        (format!("{plain}&ui_mode=hosted&hosted[delivery_method]=url"), "400 - hosted[delivery_method]"),
        (format!("{EXACT}{HOSTED}pigeon"), "400 - hosted[delivery_method]"),
        (format!("{plain}&ui_mode=window"), "400 - ui_mode"),
    ];
    for (form, refusal) in table {
        assert_eq!(client.create(&form).await.refusal(), refusal, "{form}");
    }
    let form = format!("{EXACT}{HOSTED}url");
    let old = client.submit_as(SESSIONS, &form, "2026-03-04.preview").await;
    assert_eq!(old.refusal(), "400 parameter_unknown hosted");
    let session = client.submit_as(SESSIONS, EXACT, "2026-03-04.preview").await.body;
    assert_eq!(session.get("ui_mode"), None);
}

#[tokio::test]
async fn an_unknown_link_leads_nowhere_and_the_page_has_nothing_inline() {
    let client = Client::new();
    let unknown = Request::post("/hosted/nothing").body(String::new().into()).unwrap();
    assert_eq!(client.send(unknown).await.status, 400);
    let page = client.get("/hosted/x").await;
    assert!(!page.text.contains("<style") && !page.text.contains("<script>"), "{}", page.text);
    for asset in ["/hosted/page.js", "/hosted/page.css"] {
        assert_eq!(client.get(asset).await.status, 200);
    }
}

#[tokio::test]
async fn a_link_is_dead_thirty_days_after_the_last_visit() {
    let client = Client::new();
    let session = hosted(&client, "url").await.body;
    let page = path(&session["url"]);
    client.advance("29d").await;
    client.get(&page).await;
    client.advance("29d").await;
    let read = async || client.read_session(session["id"].as_str().unwrap()).await["url"].clone();
    assert_eq!(read().await, session["url"], "the visit counts");
    client.advance("1d").await;
    assert_eq!(read().await, Value::Null);
    assert_eq!(client.post(&page, json!({})).await.status, 400);
}

#[tokio::test]
async fn a_session_that_is_no_relink_can_be_hosted_and_has_no_delivery_method() {
    let client = Client::new();
    let form = "permissions[]=balances&ui_mode=hosted&return_url=https://merchant.example/back";
    let session = client.create(form).await.body;
    assert_eq!(session["hosted"], json!({ "return_url": "https://merchant.example/back" }));
    let begun = client.post(&path(&session["url"]), json!({})).await.body;
    assert!(begun["client_secret"].is_string());
}

//! A bank is down: the page knows before the click, emails wait until it is back, and the merchant hears both.

use relink_server::{Options, RequestOptions, work_until_idle};
use relink_test_kit::SmtpStub;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{BROKEN, JENNY, Stand};
use crate::support::{API_KEY, token};

const ALDER: &str = "fcinst_AlderBank";

async fn bank(stand: &Stand, change: Value) {
    stand.control(&format!("/_sandbox/institutions/{ALDER}"), &change).await;
}

/// Returns the trouble of the bank, by the page's account.
async fn trouble(stand: &Stand) -> Value {
    let list = stand.app.get("/api/accounts", &token(JENNY)).await.json();
    let accounts = list["accounts"].as_array().unwrap();
    accounts.iter().find(|account| account["id"] == BROKEN).unwrap()["bank_trouble"].clone()
}

/// Looks at the page until it says so. A page that did not wait for Stripe knows with the next request.
async fn page_says(stand: &Stand, expected: &Value) {
    for _ in 0..100 {
        if trouble(stand).await == *expected {
            return;
        }
    }
    assert_eq!(trouble(stand).await, *expected);
}

/// Makes the last reading of every bank old.
async fn time_passes(stand: &Stand) {
    stand.app.database.run("UPDATE institutions SET read_at = read_at - 600000").await;
    stand.app.database.run("UPDATE work SET due = 0").await;
}

/// Looks at the page until the merchant has heard so many messages.
async fn merchant_has_heard(stand: &Stand, messages: usize) {
    for _ in 0..100 {
        if heard(stand).await.len() >= messages {
            return;
        }
        trouble(stand).await;
    }
}

async fn heard(stand: &Stand) -> Vec<(Value, Value)> {
    let told = stand.merchant_hears("institution.").await;
    told.iter().map(|told| (told["type"].clone(), told["data"]["trouble"].clone())).collect()
}

#[tokio::test]
async fn the_page_knows_of_a_bank_that_is_down_unwell_or_lacks_the_feature() {
    let stand = Stand::start(|options| options).await;
    page_says(&stand, &Value::Null).await;
    for (change, expected) in [
        (json!({"outage": "unscheduled"}), json!("unavailable")),
        (json!({"outage": "error"}), json!("degraded")),
        (json!({"outage": null, "unsupported": ["payment_method"]}), json!("unavailable")),
        (json!({"unsupported": ["balances"]}), Value::Null),
    ] {
        bank(&stand, change.clone()).await;
        time_passes(&stand).await;
        page_says(&stand, &expected).await;
    }
    merchant_has_heard(&stand, 4).await;
    let (began, ended) = (json!("institution.trouble"), json!("institution.recovered"));
    assert_eq!(
        heard(&stand).await,
        [
            (began.clone(), json!("unavailable")),
            (began.clone(), json!("degraded")),
            (began, json!("unavailable")),
            (ended, Value::Null)
        ]
    );
}

#[tokio::test]
async fn a_bank_in_trouble_is_read_again_until_it_works_though_nobody_looks() {
    let stand = Stand::start(|options| options).await;
    bank(&stand, json!({"outage": "scheduled"})).await;
    page_says(&stand, &json!("unavailable")).await;
    time_passes(&stand).await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(heard(&stand).await.len(), 1, "nothing has changed");
    bank(&stand, json!({"outage": null})).await;
    time_passes(&stand).await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(heard(&stand).await.last().unwrap().0, "institution.recovered");
    let waiting = stand.app.database.texts("SELECT id FROM work WHERE kind = 'institution'").await;
    assert_eq!(waiting, Vec::<String>::new(), "it is not read for ever");
}

#[tokio::test]
async fn an_email_waits_while_the_bank_is_down_and_goes_when_it_is_back() {
    let smtp = SmtpStub::start().await.unwrap();
    let address = smtp.url().to_owned();
    let stand = Stand::start(move |options| Options {
        requests: RequestOptions {
            public_url: Some("https://reconnect.example".to_owned()),
            smtp_url: Some(SecretString::from(address)),
            mail_from: Some("Acme <relink@acme.example>".to_owned()),
            ..RequestOptions::default()
        },
        ..options
    })
    .await;
    bank(&stand, json!({"outage": "unscheduled"})).await;
    let ask = json!({"account": BROKEN, "delivery": "email"});
    let request = stand.app.post("/v1/relink-requests", API_KEY, &ask).await;
    assert_eq!(request.status, 201, "{}", request.text);
    work_until_idle(&stand.app.app).await;
    assert_eq!(smtp.emails().len(), 0, "the customer could do nothing");
    time_passes(&stand).await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(smtp.emails().len(), 0);
    bank(&stand, json!({"outage": null})).await;
    time_passes(&stand).await;
    work_until_idle(&stand.app.app).await;
    assert_eq!(smtp.emails().len(), 1);
    let path = format!("/v1/relink-requests/{}", request.json()["id"].as_str().unwrap());
    assert_eq!(stand.app.get(&path, API_KEY).await.json()["state"], "sent");
}
